import { SerialQueue, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { RunningDevnet } from './running.ts'
import type { Devnet, DevnetOptions, VerifiedLedger } from './types.ts'

/** A local ledger; nothing happens before `start`. */
export function createDevnet(options: DevnetOptions): Devnet {
  // Start and stop follow each other, so that none meets a half-open data folder.
  const steps = new SerialQueue()
  let running: RunningDevnet | undefined
  const start = async () => {
    if (running) throw new ParleyError('conflict', 'The local ledger is running already.')
    // Only who runs a ledger pays for loading it: an app that merely uses one starts faster.
    const { runDevnet } = await import('./running.ts')
    running = await runDevnet({ random: systemRandom, ...options })
    return running.address
  }
  const stop = async () => {
    const ending = running
    running = undefined
    await ending?.stop()
  }
  return { start: () => steps.run(start), stop: () => steps.run(stop) }
}

/**
 * Executes everything in a data folder again and compares it with what was kept; no ledger may run on it (`conflict`).
 * Throws `not_found` for a folder without a ledger and `storage_damaged` at the first difference.
 */
export async function verifyDevnet(dataDir: string): Promise<VerifiedLedger> {
  const { verifyFolder } = await import('./verify-folder.ts')
  return verifyFolder(dataDir)
}
