import { compare } from '../../../base/index.ts'
import { MoveFailure } from '../move/index.ts'
import { digestBytes, decodePackage, type LedgerObject } from '../objects/index.ts'
import type { ChainEvent } from '../types.ts'
import { changesOf } from './changes.ts'
import { checkConservation, checkNothingMade } from './conservation.ts'
import { runCommand } from './commands.ts'
import { encodeEffects } from './effects.ts'
import { ExecutionFailure } from './errors.ts'
import { Frame } from './frame.ts'
import { chargeStorage, checkBudget, payGas } from './gas.ts'
import { untouchedWrites, writesOf } from './writes.ts'
import type {
  CheckedTransaction,
  CommandResult,
  Execution,
  ExecutionContext,
  ExecutionStatus,
  GasUsed,
  Inspection,
  ObjectChange,
  PublishedPackage,
  Writes,
} from './types.ts'

interface Run {
  status: ExecutionStatus
  writes: Writes
  gasUsed: GasUsed
  events: ChainEvent[]
  results: CommandResult[]
}

/** Executes a checked transaction: a pure function of its objects and the context. Throws NotSupported. */
export function execute(checked: CheckedTransaction, context: ExecutionContext): Execution {
  return executeAll(checked, context).execution
}

/** The same, with what each command of a transaction checked for `inspect` gave. */
export function inspect(checked: CheckedTransaction, context: ExecutionContext): Inspection {
  const { execution, results } = executeAll(checked, context)
  return { transaction: checked.transaction, execution, results }
}

function executeAll(checked: CheckedTransaction, context: ExecutionContext) {
  const { transaction, objects, readOnly, gasCoins, sharedInputs } = checked
  const read = [...objects.values(), ...readOnly.values()]
  const lamportVersion = nextVersion(read)
  const { status, writes, gasUsed, events, results } = run(checked, context, lamportVersion)
  const gasId = gasCoins[0].id
  payGas(writes.drafts, gasId, writes.gasNanos, gasUsed)
  const changes = changesOf(checked, writes, lamportVersion)
  // An inspection may leave coins lying about.
  if (checked.mode !== 'inspect') checkConservation(context.machine, changes, gasUsed)
  const dependencies = dependenciesOf([...read, ...checked.packages])
  const { epoch } = context
  const common = { status, epoch, gasUsed, gasId, lamportVersion, changes, dependencies, sharedInputs, events }
  const effects = encodeEffects({ ...common, digest: transaction.digest })
  const execution: Execution = { ...common, ...publishedIn(changes), effects }
  return { execution, results }
}

function run(checked: CheckedTransaction, context: ExecutionContext, lamportVersion: bigint): Run {
  const frame = new Frame(checked, context)
  let command = 0
  try {
    for (const each of checked.transaction.commands) {
      runCommand(frame, each)
      command++
    }
    if (checked.mode !== 'inspect') frame.checkResultsUsed()
    const writes = writesOf(frame, lamportVersion)
    if (checked.mode !== 'inspect') checkNothingMade(checked, writes, context.machine)
    const gasUsed = chargeStorage(checked, writes.drafts, frame.units)
    checkBudget(checked, gasUsed)
    return { status: { success: true }, writes, gasUsed, events: frame.events, results: frame.given }
  } catch (error) {
    const failure = failureOf(error)
    const writes = untouchedWrites(checked)
    const at = command < checked.transaction.commands.length ? command : undefined
    const text = at === undefined ? failure.message : `${failure.message} in command ${at}`
    const status: ExecutionStatus = { success: false, error: text, failure: failure.status, command: at }
    return { status, writes, gasUsed: chargeFailure(checked, writes, frame.units), events: [], results: frame.given }
  }
}

/** What the transaction is to blame for; anything else is thrown on. */
function failureOf(error: unknown): ExecutionFailure {
  if (error instanceof ExecutionFailure) return error
  if (error instanceof MoveFailure) return new ExecutionFailure(error.status)
  throw error
}

/** A failed run pays computation and the inputs' storage; what the budget does not cover is not charged, as on a node. */
function chargeFailure(checked: CheckedTransaction, writes: Writes, units: bigint): GasUsed {
  const gasUsed = chargeStorage(checked, writes.drafts, units)
  const most = checked.transaction.gas.budget - gasUsed.computationCost
  if (gasUsed.storageCost - gasUsed.storageRebate <= most) return gasUsed
  for (const draft of writes.drafts.values()) draft.storageRebate = checked.objects.get(draft.id)?.storageRebate ?? 0n
  const kept = [...writes.drafts.values()].reduce((sum, draft) => sum + draft.storageRebate, 0n)
  return { ...gasUsed, storageCost: kept }
}

/** Lamport timestamp: one above the newest input. */
function nextVersion(objects: readonly LedgerObject[]): bigint {
  let newest = 0n
  for (const { version } of objects) if (version > newest) newest = version
  return newest + 1n
}

function dependenciesOf(objects: readonly LedgerObject[]): string[] {
  const digests = new Set(objects.map(({ previousTransaction }) => previousTransaction))
  if (digests.size < 2) return [...digests]
  return [...digests].sort((a, b) => compare(digestBytes(a), digestBytes(b)))
}

function publishedIn(changes: readonly ObjectChange[]): { published?: PublishedPackage } {
  const made = changes.find(({ after }) => after && 'Package' in after.type)?.after
  if (!made) return {}
  return { published: { id: made.id, digest: made.digest, modules: [...decodePackage(made).modules.keys()] } }
}
