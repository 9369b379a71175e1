import { coinContents, coinValue, objectTypeOf, type Owner } from '../objects/index.ts'
import { MAX_OBJECT_BYTES } from './constants.ts'
import { ExecutionFailure } from './errors.ts'
import type { Frame } from './frame.ts'
import { bytesOf, type Value } from './value.ts'
import type { CheckedTransaction, Draft, Writes } from './types.ts'

/** What a successful run leaves: transferred objects, inputs that stayed, packages, and the gas coin. */
export function writesOf(frame: Frame, lamportVersion: bigint): Writes {
  const { checked, created } = frame
  const [gasCoin] = checked.gasCoins
  const drafts = new Map<string, Draft>()
  for (const { value, owner } of frame.transferred)
    addDraft(drafts, value, finalOwner(checked, value, owner, lamportVersion))
  checked.inputs.forEach((input, index) => {
    const value = frame.inputs[index]?.value
    if ('object' in input && input.access !== 'readOnly' && value) addDraft(drafts, value, input.object.owner)
  })
  if (frame.gas.value) addDraft(drafts, frame.gas.value, gasCoin.owner)
  for (const { id, contents } of frame.packages)
    drafts.set(id, { id, type: { Package: true }, contents, owner: { Immutable: true }, storageRebate: 0n })
  const written = drafts.get(gasCoin.id)
  if (!written) throw new Error('the gas coin was consumed')
  checkShared(checked, drafts, frame.deleted)
  checkSizes(drafts)
  const deleted = new Set([...frame.deleted, ...checked.gasCoins.slice(1).map(({ id }) => id)])
  return { drafts, gasNanos: coinValue(written) + checked.transaction.gas.budget, created, deleted }
}

/** What a failed run leaves: the inputs as they were, touched, and the gas coins made one. */
export function untouchedWrites(checked: CheckedTransaction): Writes {
  const [gasCoin, ...merged] = checked.gasCoins
  const deleted = new Set(merged.map((coin) => coin.id))
  const drafts = new Map<string, Draft>()
  for (const { id, type, contents, owner } of checked.objects.values())
    if (!deleted.has(id)) drafts.set(id, { id, type, contents, owner, storageRebate: 0n })
  const gasNanos = checked.gasCoins.reduce((sum, coin) => sum + coinValue(coin), 0n)
  drafts.set(gasCoin.id, {
    id: gasCoin.id,
    type: gasCoin.type,
    contents: coinContents(gasCoin.id, gasNanos),
    owner: gasCoin.owner,
    storageRebate: 0n,
  })
  return { drafts, gasNanos, created: new Set(), deleted }
}

function addDraft(drafts: Map<string, Draft>, value: Value, owner: Owner): void {
  if (value.kind === 'coin') {
    const { id, type, nanos } = value
    drafts.set(id, { id, type, contents: coinContents(id, nanos), owner, storageRebate: 0n })
    return
  }
  if (value.kind === 'pure' || value.id === undefined) throw new Error('only objects have an owner')
  drafts.set(value.id, {
    id: value.id,
    type: objectTypeOf(value.type),
    contents: bytesOf(value),
    owner,
    storageRebate: 0n,
  })
}

/** A shared object keeps the version at which it was shared; a new one is shared at the version that it is written with. */
function finalOwner({ objects }: CheckedTransaction, value: Value, owner: Owner, lamportVersion: bigint): Owner {
  if (!('Shared' in owner)) return owner
  const id = value.kind === 'pure' ? undefined : value.id
  const before = id === undefined ? undefined : objects.get(id)
  if (before && !('Shared' in before.owner)) throw new ExecutionFailure({ SharedObjectOperationNotAllowed: true })
  return before?.owner ?? { Shared: { initialSharedVersion: lamportVersion.toString() } }
}

/** Whoever takes a shared object must delete it or share it again. */
function checkShared({ objects }: CheckedTransaction, drafts: Map<string, Draft>, deleted: ReadonlySet<string>): void {
  for (const { id, owner } of objects.values()) {
    if (!('Shared' in owner) || deleted.has(id)) continue
    const after = drafts.get(id)?.owner
    if (!after || !('Shared' in after)) throw new ExecutionFailure({ SharedObjectOperationNotAllowed: true })
  }
}

function checkSizes(drafts: Map<string, Draft>): void {
  for (const { type, contents } of drafts.values()) {
    if (contents.length <= MAX_OBJECT_BYTES) continue
    const sizes = { objectSize: String(contents.length), maxObjectSize: String(MAX_OBJECT_BYTES) }
    throw new ExecutionFailure('Package' in type ? { MovePackageTooBig: sizes } : { MoveObjectTooBig: sizes })
  }
}
