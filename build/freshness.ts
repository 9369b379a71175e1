import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The window's own and the layers of the main process that it shares. */
const windowSources = ['src-main/{base,contract,wire}/**/*.ts', 'src-renderer/**/*', 'package-lock.json']
const windowBundle = 'out/renderer/index.html'
const sources = ['src-main/**/*.ts', 'electron.vite.config.ts', ...windowSources]
const bundles = ['out/main/index.js', 'out/main/cli.js', 'out/preload/preload.cjs', windowBundle]

/** Whether every bundle is there and younger than every source; tests are no sources. */
export const isBuilt = (root: string): boolean => areYounger(root, bundles, sources)

/** Whether the window's bundle is there and younger than what it is made of. */
export const isWindowBuilt = (root: string): boolean => areYounger(root, [windowBundle], windowSources)

function areYounger(root: string, made: readonly string[], from: readonly string[]): boolean {
  const time = (file: string) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs
  const built = made.map((file) => time(file) ?? 0)
  const files = globSync(from, { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  return Math.min(...built) > Math.max(...files.map((file) => time(file) ?? 0))
}
