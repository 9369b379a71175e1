import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'

/** The parts that run in a process or thread of their own: their source, and their name in the bundle. */
const parts = {
  'mls-worker': 'src-main/session/worker.ts',
  'peer-process': 'src-main/peer/process.ts',
  'keychain-process': 'src-main/keys/keychain-process.ts',
  cli: 'src-main/hosts/cli/main.ts',
  index: 'src-main/hosts/electron/main.ts',
} as const

const here = import.meta.dirname
const runsFromSource = import.meta.filename.endsWith('.ts')

/** The folder that holds package.json: the checkout or the installed application. */
export function projectDir(): string {
  for (let folder = here; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder))
      throw new Error('The installation of Parley is incomplete: package.json is missing.')
  }
}

/** The file to start for a part: its source in a checkout, its bundle in an installation. */
export function partPath(part: keyof typeof parts): string {
  if (runsFromSource) return join(projectDir(), parts[part])
  return join(projectDir(), 'out', 'main', `${part}.js`)
}

/** The built window. */
export function rendererDir(): string {
  return join(projectDir(), 'out', 'renderer')
}

export function readVersion(): string {
  const text = readFileSync(join(projectDir(), 'package.json'), 'utf8')
  return v.parse(v.object({ version: v.string() }), JSON.parse(text)).version
}

/** The Electron program, where it has been fetched (`npx install-electron`); it is never fetched from here. */
export function findElectron(): string | undefined {
  const folder = join(projectDir(), 'node_modules', 'electron')
  const pathFile = join(folder, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const program = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim())
  return existsSync(program) ? program : undefined
}
