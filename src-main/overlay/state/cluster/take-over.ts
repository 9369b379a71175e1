import { existsSync, renameSync } from 'node:fs'
import type { Clock } from '../../../base/index.ts'
import { changesAfter } from '../changes.ts'
import { NodeDatabase } from '../database.ts'
import type { NodeState } from '../types.ts'

/** Facts that are on their way at once. */
const PAGE = 200

/**
 * Brings what a node kept in a database of its own into the cluster's state: facts in their order, one-time key packages, small
 * values. The file is renamed then; a start that was cut off begins again, which changes nothing that is there.
 */
export async function takeOver(path: string, state: NodeState, clock: Clock): Promise<void> {
  if (!existsSync(path)) return
  const old = new NodeDatabase(path)
  try {
    for (let after = 0; ;) {
      const { changes, next } = changesAfter(old, after, PAGE, () => true)
      const now = clock.now()
      await Promise.all(changes.map(({ fact }) => state.apply('merge', { facts: [fact], now, quota: false })))
      if (next === after) break
      after = next
    }
    for (const row of old.all('SELECT name, value FROM meta'))
      await state.apply('setMeta', { name: String(row['name']), value: row['value'] as Uint8Array })
    for (const row of old.all('SELECT DISTINCT device FROM key_package'))
      await movePackages(old, String(row['device']), state)
  } finally {
    old.close()
  }
  renameSync(path, `${path}.in-cluster`)
}

/** Gone here first: a package that is lost is replaced by its owner, one that is there twice would be handed out twice. */
async function movePackages(old: NodeDatabase, device: string, state: NodeState): Promise<void> {
  const packages = old
    .all('SELECT package FROM key_package WHERE device = ? ORDER BY id', device)
    .map((row) => row['package'] as Uint8Array)
  old.transaction(() => old.run('DELETE FROM key_package WHERE device = ?', device))
  if (old.get('SELECT 1 FROM device WHERE id = ?', device))
    await state.apply('publishKeyPackages', { device, packages })
}
