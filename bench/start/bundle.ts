import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { isBuilt } from '../../build/freshness.ts'

/** Builds the bundle in `root` where a part is missing or older than its sources. Rejects with one sentence where that fails. */
export async function freshBundle(root: string): Promise<void> {
  if (isBuilt(root)) return
  process.stderr.write('Building Parley first: the bundle is missing or older than its sources …\n')
  const script = join(root, 'node_modules/electron-vite/bin/electron-vite.js')
  const child = spawn(process.execPath, [script, 'build', '--logLevel', 'warn'], { cwd: root, stdio: ['ignore', 2, 2] })
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve))
  if (code !== 0) throw new Error('The bundle could not be built: npm run build tells more.')
}
