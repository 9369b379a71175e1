import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isBuilt } from './freshness.ts'
import { root } from './run-tasks.ts'

/**
 * Loaded once before the tests, so that Node's compile cache holds it: the hundreds of threads that tests start and end then
 * read plain JavaScript. Without the cache each one strips the types by WebAssembly, and V8 at times ends the whole process
 * when threads with WebAssembly end (`Check failed: jit_page.has_value()`). Processes that tests start come up twice as fast.
 */
const MLS_THREAD = 'src-main/session/worker.ts'

interface Counts {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  success: boolean
}

/** `npm test [-- FILTER]`: builds what is older than its sources, runs every test, ends with the counts alone on a line. */
async function main(filters: string[]): Promise<number> {
  if (!isBuilt(root)) {
    const code = await run(['node_modules/electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn'])
    if (code !== 0) return finish({ failed: 1, passed: 0, skipped: 0 }, code)
  }
  const folder = mkdtempSync(join(tmpdir(), 'parley-test-'))
  process.env.NODE_COMPILE_CACHE = join(folder, 'compiled')
  await run([MLS_THREAD])
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await run(['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...filters])
  const counts = readCounts(report)
  rmSync(folder, { recursive: true, maxRetries: 5 })
  if (!counts) return finish({ failed: 1, passed: 0, skipped: 0 }, code || 1)
  const skipped = counts.numPendingTests + counts.numTodoTests
  // A file that could not be loaded counts no test, and a leak after the last one neither: both fail the run.
  const failed = Math.max(counts.numFailedTests, code === 0 && counts.success ? 0 : 1)
  return finish({ failed, passed: counts.numPassedTests, skipped }, code)
}

function finish(
  { passed, failed, skipped }: { passed: number; failed: number; skipped: number },
  code: number,
): number {
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return code === 0 && failed > 0 ? 1 : code
}

function readCounts(report: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as Counts
  } catch {
    return undefined
  }
}

function run(args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

process.exitCode = await main(process.argv.slice(2))
