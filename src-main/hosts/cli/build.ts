import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ParleyError } from '../../contract/index.ts'
import { partPath, projectDir, rendererDir } from '../runtime/index.ts'
import type { CommandIo } from './command.ts'

/** Builds the window where it has not been built yet (a fresh checkout); takes some seconds. */
export async function ensureWindow(io: CommandIo): Promise<void> {
  if (existsSync(join(rendererDir(), 'index.html'))) return
  io.say('Building the window (once, some seconds) …')
  await runTool('vite/bin/vite.js', ['build', '--config', 'src-renderer/vite.config.ts', '--logLevel', 'warn'])
}

/** Builds everything that Electron loads. */
export async function ensureElectronBundle(io: CommandIo): Promise<void> {
  const bundle = join(projectDir(), 'out', 'main', 'index.js')
  if (existsSync(bundle) && existsSync(join(rendererDir(), 'index.html'))) return
  io.say('Building Parley (once, some seconds) …')
  await runTool('electron-vite/bin/electron-vite.js', ['build', '--logLevel', 'warn'])
}

function runTool(script: string, args: string[]): Promise<void> {
  const file = join(projectDir(), 'node_modules', script)
  if (!partPath('cli').endsWith('.ts') || !existsSync(file)) {
    throw new ParleyError('not_found', 'The window is missing from this installation.')
  }
  return new Promise((resolve, reject) => {
    // Standard output is for the ready line: what the tool says goes to standard error.
    const child = spawn(process.execPath, [file, ...args], { cwd: projectDir(), stdio: ['ignore', 2, 2] })
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new ParleyError('internal', `Building failed (${code ?? 'killed'}).`))
    })
  })
}
