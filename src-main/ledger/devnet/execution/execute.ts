import { fromBase58 } from '@iota/bcs'
import { compare } from '../../../base/index.ts'
import { type LedgerObject, sealObject } from '../objects/index.ts'
import { runCommand } from './commands.ts'
import { encodeEffects, type ExecutionStatus, type ObjectChange } from './effects.ts'
import { ExecutionFailure } from './errors.ts'
import { Frame } from './frame.ts'
import { chargeStorage, checkBudget, type GasUsed, payGas } from './gas.ts'
import type { ChainEvent } from '../types.ts'
import type { CheckedTransaction } from './validate.ts'
import { untouchedWrites, type Writes, writesOf } from './writes.ts'

export interface SharedInput {
  id: string
  version: bigint
  digest: string
  mutable: boolean
}

export interface PublishedPackage {
  id: string
  digest: string
  /** Names. */
  modules: string[]
}

/** What a transaction did; nothing is applied yet. */
export interface Execution {
  status: ExecutionStatus
  epoch: bigint
  gasUsed: GasUsed
  gasId: string
  lamportVersion: bigint
  /** Sorted by id. */
  changes: ObjectChange[]
  dependencies: string[]
  /** Shared objects that it used, in order of inputs, at the version that it saw. */
  sharedInputs: SharedInput[]
  events: ChainEvent[]
  /** The package that it published. */
  published?: PublishedPackage
  effects: { bytes: Uint8Array; digest: string }
}

/** Executes a checked transaction: a pure function of its objects and the epoch. */
export function execute(checked: CheckedTransaction, epoch: bigint): Execution {
  const { transaction, objects, gasCoins } = checked
  const { status, writes, gasUsed } = run(checked)
  const gasId = gasCoins[0].id
  payGas(writes.drafts, gasId, writes.gasNanos, gasUsed)
  const lamportVersion = nextVersion(objects.values())
  const changes = changesOf(checked, writes, lamportVersion)
  const dependencies = dependenciesOf(objects.values())
  const common = { status, epoch, gasUsed, gasId, lamportVersion, changes, dependencies, sharedInputs: [], events: [] }
  return { ...common, effects: encodeEffects({ ...common, digest: transaction.digest }) }
}

function run(checked: CheckedTransaction): { status: ExecutionStatus; writes: Writes; gasUsed: GasUsed } {
  const frame = new Frame(checked)
  let command = 0
  try {
    for (const each of checked.transaction.commands) {
      runCommand(frame, each)
      command++
    }
    frame.checkResultsUsed()
    const writes = writesOf(checked, frame)
    const gasUsed = chargeStorage(checked, writes.drafts)
    checkBudget(checked, gasUsed)
    return { status: { success: true }, writes, gasUsed }
  } catch (error) {
    if (!(error instanceof ExecutionFailure)) throw error
    const writes = untouchedWrites(checked)
    const at = command < checked.transaction.commands.length ? command : undefined
    const text = at === undefined ? error.message : `${error.message} in command ${at}`
    const status: ExecutionStatus = { success: false, error: text, failure: error.status, command: at }
    return { status, writes, gasUsed: chargeFailure(checked, writes) }
  }
}

/** A failed run pays computation and the inputs' storage; what the budget does not cover is not charged, as on a node. */
function chargeFailure(checked: CheckedTransaction, writes: Writes): GasUsed {
  const gasUsed = chargeStorage(checked, writes.drafts)
  const most = checked.transaction.gas.budget - gasUsed.computationCost
  if (gasUsed.storageCost - gasUsed.storageRebate <= most) return gasUsed
  for (const draft of writes.drafts.values()) draft.storageRebate = checked.objects.get(draft.id)?.storageRebate ?? 0n
  const kept = [...writes.drafts.values()].reduce((sum, draft) => sum + draft.storageRebate, 0n)
  return { ...gasUsed, storageCost: kept }
}

/** Lamport timestamp: one above the newest input. */
function nextVersion(objects: Iterable<LedgerObject>): bigint {
  let newest = 0n
  for (const { version } of objects) if (version > newest) newest = version
  return newest + 1n
}

function changesOf({ objects, transaction }: CheckedTransaction, { drafts }: Writes, version: bigint): ObjectChange[] {
  const changes = new Map<string, ObjectChange>()
  for (const object of objects.values()) changes.set(object.id, { id: object.id, kind: 'deleted', before: object })
  for (const draft of drafts.values()) {
    const after = sealObject({ ...draft, version, previousTransaction: transaction.digest })
    const before = objects.get(draft.id)
    changes.set(
      draft.id,
      before ? { id: draft.id, kind: 'mutated', before, after } : { id: draft.id, kind: 'created', after },
    )
  }
  return [...changes.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function dependenciesOf(objects: Iterable<LedgerObject>): string[] {
  const digests = new Set<string>()
  for (const { previousTransaction } of objects) digests.add(previousTransaction)
  if (digests.size < 2) return [...digests]
  return [...digests].sort((a, b) => compare(fromBase58(a), fromBase58(b)))
}
