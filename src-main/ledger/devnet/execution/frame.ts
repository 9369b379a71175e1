import type { MoveArgument, MoveContext } from '../move/index.ts'
import { digestBytes, coinValue, derivedId, type Owner } from '../objects/index.ts'
import type { ChainEvent } from '../types.ts'
import { argumentError, ExecutionFailure } from './errors.ts'
import type { Argument } from './transaction.ts'
import { abilitiesOf, bytesOf, typeOf, type Value, valueOf } from './value.ts'
import type { CheckedTransaction, CommandResult, ExecutionContext } from './types.ts'

/** A place for a value; empty once the value was moved out of it. */
export interface Slot {
  value: Value | undefined
  readonly isGas: boolean
  readonly access: MoveArgument['access']
}

/** An object handed to an owner by the transaction. */
export interface Transferred {
  value: Value
  owner: Owner
}

/** A package that will become an object. */
export interface NewPackage {
  id: string
  /** Names. */
  modules: string[]
  contents: Uint8Array
}

/** The state of one run: inputs, results of commands, and where objects went. */
export class Frame {
  readonly context: ExecutionContext
  readonly gas: Slot
  readonly inputs: Slot[]
  readonly results: Slot[][] = []
  readonly transferred: Transferred[] = []
  readonly events: ChainEvent[] = []
  /** Ids made and not deleted again. */
  readonly created = new Set<string>()
  /** Ids of earlier objects that are no more. */
  readonly deleted = new Set<string>()
  readonly packages: NewPackage[] = []
  /** Positions of the arguments that the command under way has changed. */
  mutated = new Set<number>()
  /** What each command gave; only filled in to inspect. */
  readonly given: CommandResult[] = []
  /** Units of gas for Move instructions. */
  units = 0n
  readonly checked: CheckedTransaction
  #idsCreated = 0n

  constructor(checked: CheckedTransaction, context: ExecutionContext) {
    this.checked = checked
    this.context = context
    const [first] = checked.gasCoins
    const total = checked.gasCoins.reduce((sum, coin) => sum + coinValue(coin), 0n)
    // The budget is out of reach for the commands, as on a node: the fee can always be paid.
    const nanos = total - checked.transaction.gas.budget
    this.gas = { isGas: true, access: 'owned', value: { kind: 'coin', id: first.id, type: first.type, nanos } }
    this.inputs = checked.inputs.map((input) => {
      const value: Value = 'pure' in input ? { kind: 'pure', bytes: input.pure } : valueOf(input.object)
      return { isGas: false, access: 'pure' in input ? 'pure' : input.access, value }
    })
  }

  newId(): string {
    const id = derivedId(this.checked.transaction.digest, this.#idsCreated++)
    this.created.add(id)
    return id
  }

  /** Ids that a call has made by itself. */
  noteCreated(ids: readonly string[]): void {
    this.#idsCreated += BigInt(ids.length)
    for (const id of ids) this.created.add(id)
  }

  noteDeleted(id: string): void {
    if (!this.created.delete(id)) this.deleted.add(id)
  }

  moveContext(): MoveContext {
    const { transaction } = this.checked
    const { epoch, epochStartMs } = this.context
    const common = { sender: transaction.sender, digest: digestBytes(transaction.digest) }
    return { ...common, epoch, epochStartMs: BigInt(epochStartMs), idsCreated: this.#idsCreated }
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

  /** The bytes of a pure input or of an earlier result of that type. */
  plain(argument: Argument, position: number, type: 'u64' | 'address'): Uint8Array {
    const { value } = this.slot(argument, position)
    if (!value) throw argumentError(position, { InvalidValueUsage: true })
    if (value.kind === 'coin' || (value.kind === 'move' && value.type !== type))
      throw argumentError(position, { TypeMismatch: true })
    if (value.bytes.length !== (type === 'u64' ? 8 : 32)) throw argumentError(position, { InvalidBCSBytes: true })
    return value.bytes
  }

  /** Values left in results that Move would not let be dropped: the transaction fails. */
  checkResultsUsed(): void {
    this.results.forEach((slots, resultIdx) =>
      slots.forEach(({ value }, secondaryIdx) => {
        if (value && !this.#mayDrop(value))
          throw new ExecutionFailure({ UnusedValueWithoutDrop: { resultIdx, secondaryIdx } })
      }),
    )
  }

  #mayDrop(value: Value): boolean {
    const type = typeOf(value)
    if (value.kind === 'coin' || type === undefined) return type === undefined
    // An empty vector of anything may go.
    const isEmpty = type.startsWith('vector<') && bytesOf(value).length === 1
    return isEmpty || abilitiesOf(this.context.machine, type).drop
  }

  #inputSlot(index: number, position: number): Slot {
    const slot = this.inputs[index]
    if (!slot) throw argumentError(position, { IndexOutOfBounds: { idx: index } })
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
  if (slot.access === 'readOnly') throw argumentError(position, { InvalidObjectByValue: true })
  slot.value = undefined
  return value
}
