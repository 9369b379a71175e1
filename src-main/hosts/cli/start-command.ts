import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { defaultProfile, findElectron, projectDir, resolveNetwork } from '../runtime/index.ts'
import { ensureElectronBundle, ensureWindow } from './build.ts'
import type { Command, CommandIo } from './command.ts'
import { readLedger } from './daemon-command.ts'
import { readPassphrase } from './passphrase.ts'
import { runHeadless } from './run-headless.ts'
import { readArgs } from './usage.ts'

const options = {
  profile: { type: 'string' },
  ledger: { type: 'string' },
  chain: { type: 'string' },
  s2: { type: 'string', multiple: true },
  listen: { type: 'string', default: '127.0.0.1:0' },
} as const

/** `parley start`: the app on the user's own profile, in Electron where it is installed, otherwise for any browser. */
export const runStart: Command = async (args, io) => {
  const { values } = readArgs(args, options)
  const profile = values.profile ? resolve(values.profile) : defaultProfile()
  const network = await resolveNetwork(
    profile,
    values.ledger && readLedger(values.ledger, values.chain),
    values.s2 ?? [],
  )
  const electron = findElectron()
  if (electron) {
    await ensureElectronBundle(io)
    return await runElectron(electron, profile, io)
  }
  await ensureWindow(io)
  const passphrase = await readPassphrase(io, false)
  const app = { profile, network, keystore: 'auto', passphrase, listen: values.listen } as const
  return await runHeadless(app, io, ({ api, token, url }) => {
    io.say(`Parley is ready. Open this address in a browser on this machine (it works once):\n\n  ${url}\n`)
    if (!io.interactive) io.print(JSON.stringify({ ready: true, api, token, url }))
  })
}

/** Resolves with Electron's exit code; a stop of ours is passed on. */
export function runElectron(program: string, profile: string, io: CommandIo): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [projectDir(), '--profile', profile], { stdio: 'inherit', env: io.env })
    const stop = () => void child.kill('SIGTERM')
    io.signal.addEventListener('abort', stop, { once: true })
    child.on('error', reject)
    child.on('exit', (code) => {
      io.signal.removeEventListener('abort', stop)
      resolve(io.signal.aborted ? 0 : (code ?? 1))
    })
  })
}
