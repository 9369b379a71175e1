import {
  coinValue,
  derivedId,
  isCoin,
  isGasCoin,
  type LedgerObject,
  type ObjectType,
  type Owner,
} from '../objects/index.ts'
import { argumentError, ExecutionFailure } from './errors.ts'
import type { Argument } from './transaction.ts'
import type { CheckedTransaction } from './validate.ts'

/** A value that commands pass on. A coin's NANOS stand beside it, so that splitting needs no bytes. */
export type Value =
  | { kind: 'coin'; id: string; type: ObjectType; nanos: bigint }
  | { kind: 'object'; object: LedgerObject }
  | { kind: 'vector'; values: Value[] }

/** A place for a value; empty once the value was moved out of it. */
export interface Slot {
  value: Value | undefined
  readonly isGas: boolean
}

/** An object handed to an owner by the transaction. */
export interface Transferred {
  value: Value
  owner: Owner
}

/** The state of one run: inputs, results of commands, and where objects went. */
export class Frame {
  readonly gas: Slot
  readonly inputs: (Slot | undefined)[]
  readonly results: Slot[][] = []
  readonly transferred: Transferred[] = []
  readonly #checked: CheckedTransaction
  #created = 0n

  constructor(checked: CheckedTransaction) {
    this.#checked = checked
    const [first] = checked.gasCoins
    const total = checked.gasCoins.reduce((sum, coin) => sum + coinValue(coin), 0n)
    // The budget is out of reach for the commands, as on a node: the fee can always be paid.
    const nanos = total - checked.transaction.gas.budget
    this.gas = { isGas: true, value: { kind: 'coin', id: first.id, type: first.type, nanos } }
    this.inputs = checked.inputObjects.map((object) => object && { isGas: false, value: valueOf(object) })
  }

  newId(): string {
    return derivedId(this.#checked.transaction.digest, this.#created++)
  }

  /** The one slot that an argument names. */
  slot(argument: Argument, position: number): Slot {
    if (argument.GasCoin) return this.gas
    if (argument.Input !== undefined) return this.#inputSlot(argument.Input, position)
    if (argument.Result !== undefined) {
      const slots = this.#resultSlots(argument.Result, position)
      const [only] = slots
      if (!only || slots.length !== 1)
        throw argumentError(position, { InvalidResultArity: { resultIdx: argument.Result } })
      return only
    }
    const [resultIdx, secondaryIdx] = argument.NestedResult
    const slot = this.#resultSlots(resultIdx, position)[secondaryIdx]
    if (!slot) throw argumentError(position, { SecondaryIndexOutOfBounds: { resultIdx, secondaryIdx } })
    return slot
  }

  /** The slots of an argument list; a whole result stands for each of its values. */
  slots(list: Argument[], first: number): Slot[] {
    return list.flatMap((argument, index) =>
      argument.Result === undefined
        ? this.slot(argument, first + index)
        : this.#resultSlots(argument.Result, first + index),
    )
  }

  /** The bytes of a pure input, which must be `length` long. */
  pure(argument: Argument, position: number, length: number): Uint8Array {
    if (argument.Input === undefined) throw argumentError(position, { TypeMismatch: true })
    if (argument.Input >= this.inputs.length)
      throw argumentError(position, { IndexOutOfBounds: { idx: argument.Input } })
    const bytes = this.#checked.pureInputs[argument.Input]
    if (!bytes) throw argumentError(position, { TypeMismatch: true })
    if (bytes.length !== length) throw argumentError(position, { InvalidBCSBytes: true })
    return bytes
  }

  /** Objects left in results are lost value: the transaction fails, as in Move. */
  checkResultsUsed(): void {
    this.results.forEach((slots, resultIdx) =>
      slots.forEach(({ value }, secondaryIdx) => {
        const droppable = !value || (value.kind === 'vector' && value.values.length === 0)
        if (!droppable) throw new ExecutionFailure({ UnusedValueWithoutDrop: { resultIdx, secondaryIdx } })
      }),
    )
  }

  #inputSlot(index: number, position: number): Slot {
    if (index >= this.inputs.length) throw argumentError(position, { IndexOutOfBounds: { idx: index } })
    const slot = this.inputs[index]
    if (!slot) throw argumentError(position, { TypeMismatch: true })
    return slot
  }

  #resultSlots(index: number, position: number): Slot[] {
    const slots = this.results[index]
    if (!slots) throw argumentError(position, { IndexOutOfBounds: { idx: index } })
    return slots
  }
}

/** Moves the value out of a slot. */
export function take(slot: Slot, position: number): Value {
  const { value } = slot
  if (!value) throw argumentError(position, { InvalidValueUsage: true })
  slot.value = undefined
  return value
}

function valueOf(object: LedgerObject): Value {
  if (isGasCoin(object) || isCoin(object))
    return { kind: 'coin', id: object.id, type: object.type, nanos: coinValue(object) }
  return { kind: 'object', object }
}
