import { join } from 'node:path'
import { type Clock, makeFolder, sleep } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { openLockFile } from '../state/index.ts'

const LOCK_FILE = 'operator.lock'
const BETWEEN_MS = 20

/**
 * Waits until no other process spends from the operator's account of this folder, and answers how to let it go. It is a lock of the
 * operating system, which ends with the process however it ends. Throws `conflict` after `ms`.
 */
export async function lockOperator(dataDir: string, clock: Clock, ms: number): Promise<() => void> {
  await makeFolder(dataDir, "node's folder")
  const before = clock.steady()
  for (;;) {
    const lock = openLockFile(join(dataDir, LOCK_FILE))
    if (lock) return () => lock.close()
    if (clock.steady() - before >= ms) throw busy()
    await sleep(clock, BETWEEN_MS)
  }
}

function busy(): ParleyError {
  return new ParleyError('conflict', "Another process is spending from this node's account. Please try again.", {
    reason: 'account_busy',
    retryAfter: 1_000,
  })
}
