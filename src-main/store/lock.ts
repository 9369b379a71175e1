import { join } from 'node:path'
import { makeFolderSync } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { openLockFile } from './database.ts'

export interface ProfileLock {
  release(): void
}

/**
 * Makes this process the only one on a profile folder. It is a lock of the operating system, which ends with the process
 * however it ends, so there is no stale lock and no process id to mistake. Throws `conflict` where another process has it.
 */
export function acquireProfileLock(dir: string): ProfileLock {
  makeFolderSync(dir, 'profile folder')
  const lock = openLockFile(join(dir, 'profile.lock'))
  if (!lock) throw new ParleyError('conflict', 'This profile is open in another Parley already.')
  return { release: () => lock.close() }
}
