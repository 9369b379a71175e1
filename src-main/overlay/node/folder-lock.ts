import { join } from 'node:path'
import { makeFolder } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { openLockFile } from '../state/index.ts'

const LOCK_FILE = 'node.lock'

/**
 * Makes this process the only node on a folder, and answers how to let it go. It is a lock of the operating system, which ends with the
 * process however it ends. Throws `conflict` where another node has it.
 */
export async function lockNodeFolder(dataDir: string): Promise<() => void> {
  await makeFolder(dataDir, "node's folder")
  const lock = openLockFile(join(dataDir, LOCK_FILE))
  if (!lock)
    throw new ParleyError('conflict', "Another node is running on this node's folder: give each its own --data.")
  return () => lock.close()
}
