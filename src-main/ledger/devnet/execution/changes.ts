import { sealObject } from '../objects/index.ts'
import { PACKAGE_VERSION } from './publish.ts'
import type { ChangeKind, CheckedTransaction, Draft, ObjectChange, Writes } from './types.ts'

/** Every object that was written, went away, or had its id made or deleted, sorted by id. */
export function changesOf(checked: CheckedTransaction, writes: Writes, lamportVersion: bigint): ObjectChange[] {
  const { objects } = checked
  const { drafts, created, deleted } = writes
  const changes = new Map<string, ObjectChange>()
  for (const before of objects.values())
    changes.set(before.id, { id: before.id, kind: deleted.has(before.id) ? 'deleted' : 'wrapped', before })
  for (const id of deleted) if (!objects.has(id)) changes.set(id, { id, kind: 'unwrappedThenDeleted' })
  for (const id of created) changes.set(id, { id, kind: 'createdThenWrapped' })
  for (const draft of drafts.values()) changes.set(draft.id, written(checked, draft, created, lamportVersion))
  return [...changes.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function written(
  { objects, transaction }: CheckedTransaction,
  draft: Draft,
  created: ReadonlySet<string>,
  lamportVersion: bigint,
): ObjectChange {
  const version = 'Package' in draft.type ? PACKAGE_VERSION : lamportVersion
  const after = sealObject({ ...draft, version, previousTransaction: transaction.digest })
  const before = objects.get(draft.id)
  if (before) return { id: draft.id, kind: 'mutated', before, after }
  const kind: ChangeKind = created.has(draft.id) ? 'created' : 'unwrapped'
  return { id: draft.id, kind, after }
}
