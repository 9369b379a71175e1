import { type MoveCall, MoveFailure, type MoveOutcome } from '../move/index.ts'
import { canonicalType } from '../objects/index.ts'
import { MAX_COMPUTATION_UNITS, MAX_EVENTS } from './constants.ts'
import { argumentError, ExecutionFailure, NotSupported } from './errors.ts'
import type { Frame, Slot } from './frame.ts'
import { isFramework } from './framework.ts'
import type { Command } from './transaction.ts'
import { abilitiesOf, bytesOf, typeOf, type Value, valueFrom } from './value.ts'

/** Calls a function of a package; its results become the command's. Throws ExecutionFailure, or NotSupported. */
export function callFunction(frame: Frame, command: NonNullable<Command['MoveCall']>): Value[] {
  const slots = command.arguments.map((argument, position) => frame.slot(argument, position))
  const call = {
    package: command.package,
    module: command.module,
    function: command.function,
    typeArguments: command.typeArguments.map(canonicalType),
    arguments: slots.map((slot, position) => argumentOf(slot, position)),
    context: frame.moveContext(),
  }
  const outcome = run(frame, call)
  spend(frame, outcome.steps)
  settleArguments(frame, slots, outcome)
  frame.noteCreated(outcome.created)
  for (const id of outcome.deleted) frame.noteDeleted(id)
  const { machine } = frame.context
  for (const { type, bytes, owner } of outcome.transferred)
    frame.transferred.push({ value: valueFrom(machine, type, bytes), owner })
  noteEvents(frame, call, outcome)
  return outcome.returns.map(({ type, bytes }) => valueFrom(machine, type, bytes))
}

function argumentOf({ value, access }: Slot, position: number): MoveCall['arguments'][number] {
  if (!value) throw argumentError(position, { InvalidValueUsage: true })
  const type = typeOf(value)
  return { bytes: bytesOf(value), access, ...(type !== undefined && { type }) }
}

function run(frame: Frame, call: MoveCall): MoveOutcome {
  try {
    return frame.context.machine.call(call)
  } catch (error) {
    if (!(error instanceof MoveFailure)) throw error
    // Some of the framework is native here; what is missing is this ledger's fault and not the sender's.
    if ('FunctionNotFound' in error.status && isFramework(call.package))
      throw new NotSupported(`Calling ${call.package}::${call.module}::${call.function}`)
    spend(frame, error.steps)
    throw new ExecutionFailure(error.status)
  }
}

/** One instruction is one unit of gas. Throws InsufficientGas when they cost more than the budget. */
function spend(frame: Frame, steps: bigint): void {
  frame.units += steps
  const { price, budget } = frame.checked.transaction.gas
  if (frame.units > MAX_COMPUTATION_UNITS || frame.units * price > budget)
    throw new ExecutionFailure({ InsufficientGas: true })
}

/** Empties the places of values that were taken, and writes back what was changed through references. */
function settleArguments(frame: Frame, slots: Slot[], { taken, mutated }: MoveOutcome): void {
  const { machine } = frame.context
  slots.forEach((slot, position) => {
    const bytes = mutated.get(position)
    const isTaken = taken.includes(position) && !mayCopy(frame, slot)
    if (bytes === undefined && !isTaken) return
    if (slots.indexOf(slot) !== position || slots.lastIndexOf(slot) !== position)
      throw argumentError(position, { InvalidValueUsage: true })
    if (bytes !== undefined) frame.mutated.add(position)
    if (slot.isGas && isTaken) throw argumentError(position, { InvalidGasCoinUsage: true })
    if (slot.access === 'readOnly')
      throw argumentError(position, isTaken ? { InvalidObjectByValue: true } : { InvalidObjectByMutRef: true })
    const type = slot.value && typeOf(slot.value)
    if (isTaken || bytes === undefined) slot.value = undefined
    else slot.value = type === undefined ? { kind: 'pure', bytes } : valueFrom(machine, type, bytes)
  })
}

function mayCopy(frame: Frame, { value }: Slot): boolean {
  const type = value && typeOf(value)
  return type === undefined || abilitiesOf(frame.context.machine, type).copy
}

/** An event names the function that was called, whoever emitted it below. */
function noteEvents(frame: Frame, call: MoveCall, { events }: MoveOutcome): void {
  const { transaction } = frame.checked
  const { time, checkpoint } = frame.context
  for (const { type, bytes } of events)
    frame.events.push({
      transaction: transaction.digest,
      sequence: BigInt(frame.events.length),
      packageId: call.package,
      module: call.module,
      sender: transaction.sender,
      type,
      contents: bytes,
      time,
      checkpoint,
    })
  if (frame.events.length > MAX_EVENTS)
    throw new ExecutionFailure({
      EffectsTooLarge: { currentSize: String(frame.events.length), maxSize: String(MAX_EVENTS) },
    })
}
