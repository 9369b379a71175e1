import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkLength, checkLinks, checkRegistry } from './check-files.ts'
import { cruiser, root } from './run-tasks.ts'

/** Each rule of the import table with a deliberate violation: file, what it holds, the rule that must fail. */
const violations: readonly [file: string, text: string, rule: string][] = [
  ['src-main/base/up.ts', "import '../wire/index.ts'", 'layer-base'],
  ['src-main/wire/up.ts', "import '../crypto/index.ts'", 'layer-wire'],
  ['src-main/store/up.ts', "import '../overlay/index.ts'", 'layer-store-keys-ledger'],
  ['src-main/overlay/up.ts', "import type { Peers } from '../peer/index.ts'", 'layer-overlay'],
  ['src-main/features/chat/up.ts', "import '../../app/index.ts'", 'layer-features'],
  ['src-main/app/up.ts', "import '../hosts/cli/cli.ts'", 'layer-app'],
  ['src-main/app/shell.ts', "import { app } from 'electron'", 'door-electron'],
  ['src-main/peer/other.ts', "import 'node-datachannel'", 'door-node-datachannel'],
  ['src-main/store/other.ts', "import 'better-sqlite3-multiple-ciphers'", 'door-better-sqlite3'],
  ['src-main/store/lite.ts', "import 'node:sqlite'", 'door-node-sqlite'],
  ['src-main/keys/other.ts', "import '@iota/iota-sdk/client'", 'door-iota-sdk'],
  ['src-main/session/other.ts', "import 'ts-mls'", 'door-ts-mls'],
  ['src-main/overlay/inside.ts', "import '../wire/address.ts'", 'module-door'],
  ['src-main/hosts/cli/inside.ts', "import '../headless/host.ts'", 'module-door-nested'],
  ['src-main/features/chat/other.ts', "import '../wallet/index.ts'", 'features-apart'],
  ['src-renderer/stores/main.ts', "import '../../src-main/wire/index.ts'", 'window-apart'],
  ['src-renderer/stores/node.ts', "import 'node:fs'", 'window-without-node'],
  ['src-main/contract/node.ts', "import 'node:fs'", 'contract-pure'],
  ['src-main/app/tests.ts', "import '../testing/index.ts'", 'testing-in-tests'],
  ['src-main/base/alone.ts', 'export const alone = 1', 'no-orphans'],
  ['src-main/base/lost.ts', "import './nowhere.ts'", 'resolvable'],
  ['src-main/base/undeclared.ts', "import 'acorn'", 'declared'],
  ['src-main/base/circle-a.ts', "export * from './circle-b.ts'", 'no-cycles'],
]

/** What the violations import, and an honest pair that must pass. */
const ground: readonly [file: string, text: string][] = [
  ...['wire', 'crypto', 'overlay', 'peer', 'app', 'features/wallet', 'testing'].map(
    (name) => [`src-main/${name}/index.ts`, 'export interface Peers { a: 1 }'] as [string, string],
  ),
  ['src-main/wire/address.ts', 'export {}'],
  ['src-main/hosts/headless/host.ts', 'export {}'],
  ['src-main/hosts/cli/cli.ts', 'export {}'],
  ['src-main/base/circle-b.ts', "export * from './circle-a.ts'"],
  ['src-main/hosts/cli/honest.ts', "import '../../app/index.ts'"],
  ['src-main/overlay/honest.ts', "import '../wire/index.ts'"],
]

let folder: string
let found: { rule: string; from: string }[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-rules-'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const name of ['package.json', 'tsconfig.json', 'build/dependency-rules.cjs']) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await cp(join(root, name), join(folder, name))
  }
  for (const [file, text] of [...ground, ...violations]) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), `${text}\n`)
  }
  found = await cruise()
})
afterAll(() => rm(folder, { recursive: true }))

function cruise(): Promise<typeof found> {
  const args = ['--config', 'build/dependency-rules.cjs', '--output-type', 'json', 'src-main', 'src-renderer']
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024 }
    execFile(process.execPath, [join(root, cruiser), ...args], options, (error, stdout, stderr) => {
      if (!stdout) return reject(new Error(stderr || String(error)))
      const result = JSON.parse(stdout) as {
        summary: { violations: { rule: { name: string; severity: string }; from: string }[] }
      }
      const errors = result.summary.violations.filter((violation) => violation.rule.severity === 'error')
      resolve(errors.map(({ rule, from }) => ({ rule: rule.name, from })))
    })
  })
}

describe('the import table fails on', () => {
  test.each(violations)('%s with %s: %s', (file, _text, rule) => {
    expect(found.filter(({ from }) => from === file).map((violation) => violation.rule)).toContain(rule)
  })

  test('nothing that is allowed', () => {
    expect(found.filter(({ from }) => from.includes('honest'))).not.toContainEqual(
      expect.objectContaining({ rule: expect.stringMatching(/layer|door|apart/) as string }),
    )
  })
})

describe('the file check finds', () => {
  test('a file above 300 lines without a reason', () => {
    const lines = (count: number) => 'x\n'.repeat(count)
    expect(checkLength('a.ts', lines(300))).toEqual([])
    expect(checkLength('a.ts', lines(301))).toHaveLength(1)
    expect(checkLength('a.ts', `// Long because: a table.\n${lines(400)}`)).toEqual([])
  })

  test('the name of a package registry', () => {
    expect(checkRegistry('a', `https://${['registry', 'npmjs', 'org'].join('.')}/x`)).toHaveLength(1)
    expect(checkRegistry('a', 'the npm registry')).toEqual([])
  })

  test('a link to a file that is not there', () => {
    const exists = (path: string) => path === 'docs/here.md'
    const text = '[a](here.md#x) [b](gone.md) [c](https://example.org/) [d](#part)\n```\n[e](code.md)\n```'
    expect(checkLinks('docs/a.md', text, exists).map((finding) => finding.problem)).toEqual([
      'links to gone.md, which is not there',
    ])
  })
})
