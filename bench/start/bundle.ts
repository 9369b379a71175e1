import { spawn } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SOURCES = ['src-main/**/*.{ts,sql}', 'src-renderer/**/*.{ts,vue,css,html}', 'electron.vite.config.ts']
const PARTS = ['out/main/cli.js', 'out/renderer/index.html']

/** Why the bundle in `root` cannot be measured: a part is missing, or older than a source; undefined where it can. */
export function staleness(root: string): string | undefined {
  const ages = PARTS.map((part) => ({ part, at: timeOf(join(root, part)) }))
  const missing = ages.find(({ at }) => at === undefined)
  if (missing) return `${missing.part} is missing`
  const sources = globSync(SOURCES, { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  const newest = Math.max(...sources.map((file) => timeOf(join(root, file)) ?? 0))
  const old = ages.find(({ at = 0 }) => at < newest)
  return old && `${old.part} is older than the sources`
}

/** Builds the bundle where it is missing or old. Rejects with one sentence where that fails. */
export async function freshBundle(root: string): Promise<void> {
  const reason = staleness(root)
  if (reason === undefined) return
  process.stderr.write(`Building Parley first: ${reason} …\n`)
  const script = join(root, 'node_modules/electron-vite/bin/electron-vite.js')
  const child = spawn(process.execPath, [script, 'build', '--logLevel', 'warn'], { cwd: root, stdio: ['ignore', 2, 2] })
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve))
  if (code !== 0) throw new Error('The bundle could not be built: npm run build tells more.')
}

function timeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs
}
