import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  dumpMovePackage,
  initMovePackageBuilder,
  MovePackageFetcher,
  type MovePackageInput,
  testMovePackage,
} from '@zktx.io/sui-move-builder/full'
import { root } from './run-tasks.ts'

const folder = join(root, 'resources/move')

/** What `npm run move` writes: the package as it is published, and the framework that the local ledger executes. */
export const outputs = {
  parley: join(folder, 'build.json'),
  framework: join(root, 'src-main/ledger/devnet/move/framework.json'),
}

/** Compiled modules in base64, those of the packages that they need by id, and the package's digest in hex. */
export interface MoveBuild {
  modules: string[]
  dependencies: string[]
  digest: string
}

type Files = Record<string, string>

/** The sources of one package below resources/move. */
export function readPackage(name: string): Files {
  const base = join(folder, name)
  const paths = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(move|toml)$/.test(path))
  const files = paths.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(base, path), 'utf8')])
  return Object.fromEntries(files) as Files
}

/** The builder adds two dependencies by itself, and asks for them by the folder that they have in its own source. */
class Framework extends MovePackageFetcher {
  readonly #iota: Files

  constructor(iota: Files) {
    super()
    this.#iota = iota
  }

  override fetch(_git: string, _revision: string, folderInGit = ''): Promise<Files> {
    return Promise.resolve(folderInGit.endsWith('move-stdlib') ? readPackage('framework/std') : this.#iota)
  }
}

/** Stands for the second dependency where the framework itself is built; it must have a module. */
const NOTHING: Files = {
  'Move.toml': '[package]\nname = "Sui"\nedition = "2024.beta"\n[addresses]\n',
  'sources/nothing.move': 'module 0x9::nothing {}\n',
}

function input(files: Files, iota: Files): MovePackageInput {
  return { files, fetcher: new Framework(iota), network: 'mainnet', ansiColor: false }
}

/** Compiles a package for publishing. Throws an Error with the compiler's own text. */
export async function buildPackage(files: Files, iota = readPackage('framework/iota')): Promise<MoveBuild> {
  await initMovePackageBuilder()
  const built = await dumpMovePackage(input(files, iota))
  if ('error' in built) throw new Error(built.error)
  const { modules, dependencies, digest } = built
  return { modules, dependencies, digest: Buffer.from(digest).toString('hex') }
}

/** Runs a package's unit tests in the builder's Move virtual machine. */
export async function testPackage(files: Files): Promise<{ passed: boolean; output: string }> {
  await initMovePackageBuilder()
  const tested = await testMovePackage(input(files, readPackage('framework/iota')))
  return 'error' in tested ? { passed: false, output: tested.error } : { passed: tested.passed, output: tested.output }
}

/** The modules at 0x1 and 0x2, compiled from our own declarations and bodies. */
export async function buildFramework(): Promise<{ modules: string[] }> {
  const std = await buildPackage(readPackage('framework/std'))
  const { 'Move.toml': manifest = '', ...sources } = readPackage('framework/iota')
  // Under the name that the builder gives its dependency, the package would depend on itself.
  const own = { ...sources, 'Move.toml': manifest.replace('name = "Sui"', 'name = "framework"') }
  const iota = await buildPackage(own, NOTHING)
  return { modules: [...std.modules, ...iota.modules] }
}

/** The text of each output file. */
export async function buildAll(): Promise<Record<keyof typeof outputs, string>> {
  const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
  return { parley: text(await buildPackage(readPackage('parley'))), framework: text(await buildFramework()) }
}

if (import.meta.main) {
  const built = await buildAll()
  for (const name of ['parley', 'framework'] as const) writeFileSync(outputs[name], built[name])
}
