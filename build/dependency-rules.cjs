// The import table of docs/architecture.md as rules: what a path may import. Errors, never warnings.

/** Each layer may import itself and what stands before it. */
const layers = [
  ['contract'],
  ['base'],
  ['wire'],
  ['crypto'],
  ['store', 'keys', 'ledger'],
  ['overlay'],
  ['peer'],
  ['session'],
  ['post'],
  ['features'],
  ['app'],
  ['hosts'],
]

/** Tests, and what only they start. */
const test = '([.]test|/test-[^/]+)[.]ts$'
const testOnly = '^src-main/(|[^/]+/|[^/]+/[^/]+/|[^/]+/[^/]+/[^/]+/)testing/'

const layerRules = layers.slice(0, -1).map((names, index) => ({
  name: `layer-${names.join('-')}`,
  comment: `${names.join(', ')} may import only what stands before: see the order in docs/architecture.md.`,
  severity: 'error',
  from: { path: `^src-main/(${names.join('|')})/`, pathNot: test },
  to: {
    path: `^src-main/(${layers
      .slice(index + 1)
      .flat()
      .join('|')})/`,
  },
}))

/** Each foreign library enters through one place. */
function door(name, library, places) {
  return {
    name: `door-${name}`,
    comment: `${name} enters through ${places} only.`,
    severity: 'error',
    from: { path: '^src-', pathNot: [places, test] },
    to: { path: library },
  }
}

module.exports = {
  forbidden: [
    ...layerRules,
    door('electron', '(^|/)node_modules/electron/|^electron($|/)', '^src-main/hosts/(electron|testing)/'),
    door('node-datachannel', 'node_modules/node-datachannel/', '^src-main/peer/datachannel[.]ts$'),
    door('better-sqlite3', 'node_modules/better-sqlite3', '^src-main/store/database[.]ts$'),
    door(
      'node-sqlite',
      '^(node:)?sqlite$',
      '^src-main/(overlay/state/(database|sqlite)|ledger/devnet/storage/database|testing/fault-logs)[.]ts$',
    ),
    door('nats', 'node_modules/@nats-io/', '^src-main/overlay/state/cluster/'),
    door('iota-sdk', 'node_modules/@iota/iota-sdk/', '^src-main/ledger/(iota|devnet|testing)/'),
    door('ts-mls', 'node_modules/ts-mls/', '^src-main/crypto/mls[^/]*[.]ts$'),
    door('keyring', 'node_modules/@napi-rs/keyring/', '^src-main/keys/'),
    {
      name: 'module-door',
      comment: 'A module is imported through its index.ts; what lies behind may change.',
      severity: 'error',
      from: { path: '^src-main/([^/]+)/', pathNot: [test, '^src-main/(features|hosts)/', testOnly] },
      to: { path: '^src-main/[^/]+/', pathNot: ['^src-main/$1/', '/index[.]ts$'] },
    },
    {
      name: 'module-door-nested',
      comment: 'A feature or host imports other modules through their index.ts.',
      severity: 'error',
      from: { path: '^src-main/(features|hosts)/([^/]+)/', pathNot: [test, testOnly] },
      to: {
        path: '^src-main/[^/]+/',
        pathNot: ['^src-main/$1/$2/', '/index[.]ts$', '^src-main/hosts/[^/]+/[^/]+-command[.]ts$'],
      },
    },
    {
      name: 'features-apart',
      comment: 'Features never import each other: they meet in app.',
      severity: 'error',
      from: { path: '^src-main/features/([^/]+)/', pathNot: test },
      to: { path: '^src-main/features/[^/]+/', pathNot: '^src-main/features/$1/' },
    },
    {
      name: 'window-apart',
      comment: 'The window sees the contract and itself, never the main process.',
      severity: 'error',
      from: { path: '^src-renderer/', pathNot: test },
      to: { path: '^src-main/', pathNot: '^src-main/contract/index[.]ts$' },
    },
    {
      name: 'window-without-node',
      comment: 'The window runs in a browser.',
      severity: 'error',
      from: { path: '^src-renderer/', pathNot: [test, 'vite[.]config[.]ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'main-without-window',
      comment: 'The main process does not import the window.',
      severity: 'error',
      from: { path: '^src-main/', pathNot: test },
      to: { path: '^src-renderer/' },
    },
    {
      name: 'contract-pure',
      comment: 'The contract runs in Node and in browsers: neither Node nor DOM.',
      severity: 'error',
      from: { path: '^src-main/contract/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'testing-in-tests',
      comment: 'What stands in a testing folder is for tests and measurements.',
      severity: 'error',
      from: { path: '^src-', pathNot: [test, testOnly, '[.]bench[.]ts$'] },
      to: { path: testOnly },
    },
    { name: 'no-cycles', comment: 'No circles.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that imports nothing is forgotten.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [test, '[.]d[.]ts$', '(^|/)tsconfig[.]json$', '[.](json|css|svg|html)$', '^src-renderer/public/'],
      },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'An import that cannot be found.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['[.](css|svg|vue)$', '[.]svg[?]'] },
    },
    {
      name: 'declared',
      comment: 'A package is named in package.json, and what runs in an installation is no development dependency.',
      severity: 'error',
      from: { path: '^src-main/', pathNot: [test, testOnly] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/electron/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.vue', '.json', '.d.ts'],
    },
  },
}
