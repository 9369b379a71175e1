import { existsSync, renameSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { ParleyError } from '../../../contract/index.ts'
import { NodeDatabase } from '../database.ts'
import { incarnationOf } from './position.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** What a node kept in a database of its own, when it was one process. */
export interface OwnState {
  readonly incarnation: string
  /** Puts all of it into the cluster, as what a state begins with: before its log is made, so that nobody begins without it. */
  put(store: SnapshotStore): Promise<void>
  /** The cluster's state is this one: the file is renamed. Throws `conflict` where it is another one. */
  settle(incarnation: string): void
}

/** Undefined where there is none. */
export function findOwnState(path: string | undefined): OwnState | undefined {
  if (path === undefined || !existsSync(path)) return undefined
  const database = new NodeDatabase(path)
  const incarnation = incarnationOf(database)
  database.close()
  return {
    incarnation,
    put: (store) => put(path, store),
    settle(found) {
      if (found !== incarnation)
        throw new ParleyError('conflict', `The cluster has a state already: move ${path} away, or name another state.`)
      renameSync(path, `${path}.in-cluster`)
    },
  }
}

async function put(path: string, store: SnapshotStore): Promise<void> {
  const file = `${path}.put`
  await rm(file, { force: true })
  const database = new NodeDatabase(path)
  await database.copyTo(file)
  database.close()
  const copy = new NodeDatabase(file)
  copy.transaction(() => copy.run('UPDATE state SET position = 0'))
  copy.close()
  await store.put(file, 0)
  await rm(file, { force: true })
}
