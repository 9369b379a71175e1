import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isWindowBuilt } from '../build/freshness.ts'
import { root } from '../build/run-tasks.ts'

/**
 * Builds the window where it is missing or older than its sources, once and before any test of a run that opens it. It is
 * built aside and then put in its place, so that a run beside this one never serves half a window.
 */
export default function buildWindow(): void {
  if (isWindowBuilt(root)) return
  const out = join(root, 'out')
  const place = join(out, 'renderer')
  mkdirSync(out, { recursive: true })
  const folder = mkdtempSync(join(out, 'window-'))
  try {
    const outDir = join(folder, 'new')
    const args = ['build', '--config', 'src-renderer/vite.config.ts', '--logLevel', 'error', '--outDir', outDir]
    // A process of its own: with a test run's environment the window would be one for developers, which warns.
    const env = { ...process.env, NODE_ENV: 'production' }
    execFileSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), ...args], { cwd: root, env })
    if (existsSync(place)) renameSync(place, join(folder, 'old'))
    renameSync(outDir, place)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
