import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'

const sources = [
  'src-main/**/*.ts',
  'src-renderer/**/*.{ts,vue,css,html,svg}',
  'electron.vite.config.ts',
  'package-lock.json',
]
const bundles = ['out/main/index.js', 'out/main/cli.js', 'out/preload/preload.cjs', 'out/renderer/index.html']

/** Whether every bundle is there and younger than every source; tests are no sources. */
export function isBuilt(root: string): boolean {
  const time = (file: string) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs
  const built = bundles.map((file) => time(file) ?? 0)
  const files = globSync(sources, { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  return Math.min(...built) > Math.max(...files.map((file) => time(file) ?? 0))
}
