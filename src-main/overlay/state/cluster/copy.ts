import { rmSync } from 'node:fs'
import { ParleyError } from '../../../contract/index.ts'
import { NodeDatabase } from '../database.ts'
import { adopt, incarnationOf, positionOf } from './position.ts'

/**
 * Opens this process's copy of the cluster's state. A copy of another state is made anew: all that it has stands in its own
 * cluster. Throws `storage_damaged` where the copy is ahead of the log, which means that the cluster has lost something.
 */
export function openCopy(path: string, incarnation: string, end: number): NodeDatabase {
  const found = new NodeDatabase(path, 'process')
  if (incarnationOf(found) === incarnation) {
    if (positionOf(found) <= end) return found
    found.close()
    throw new ParleyError('storage_damaged', "The cluster's log has lost what this process has applied.")
  }
  found.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
  const fresh = new NodeDatabase(path, 'process')
  adopt(fresh, incarnation)
  return fresh
}
