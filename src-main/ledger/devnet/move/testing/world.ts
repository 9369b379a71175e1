import { bcs, toBase58 } from '@iota/bcs'
import { derivedId } from '../../objects/index.ts'
import { type MoveArgument, type MoveContext, MoveFailure, type MoveMachine, type MoveOutcome } from '../index.ts'
import { addressBytes, type Arg, type Call } from './arguments.ts'

export const IOTA = '0x2::iota::IOTA'
export const COIN = `0x2::coin::Coin<${IOTA}>`
/** The package as the unit tests of the other machine have it. */
export const PACKAGE = '0x0'
/** The clock's id in the tests of both machines: the first of a transaction of its own. */
export const CLOCK_DIGEST = new Uint8Array(32).fill(0xfc)

export interface Transaction {
  sender: string
  epoch: bigint
  /** What the ledger's clock shows, in ms. */
  time: bigint
  call: Call
}

export interface Done {
  outcome: MoveOutcome
  /** Shared objects that the call was given, as they are afterwards; undefined where it took one. */
  touched: Map<string, Uint8Array | undefined>
}

/** Transactions one after the other, as a ledger executes them, with the interpreter alone. */
export class World {
  readonly #machine: MoveMachine
  readonly #shared = new Map<string, Uint8Array>()
  #transactions = 0

  constructor(machine: MoveMachine) {
    this.#machine = machine
  }

  /** Throws MoveFailure, and then nothing has changed. */
  execute(transaction: Transaction): Done {
    const number = this.#transactions + 1
    const outcome = this.#call(transaction, transaction.call, { coins: 0, number })
    this.#transactions = number
    return { outcome, touched: this.#keep(transaction.call, outcome) }
  }

  /** The failure of a call that must not succeed; nothing has changed. */
  fail(transaction: Transaction): MoveFailure {
    try {
      this.#call(transaction, transaction.call, { coins: 0, number: this.#transactions + 1 })
    } catch (error) {
      if (error instanceof MoveFailure) return error
      throw error
    }
    throw new Error(`${transaction.call.function} succeeds`)
  }

  #call(transaction: Transaction, call: Call, minted: { coins: number; number: number }): MoveOutcome {
    const context: MoveContext = {
      sender: transaction.sender,
      digest: digestOf(minted.number),
      epoch: transaction.epoch,
      epochStartMs: 0n,
      idsCreated: 0n,
    }
    return this.#machine.call({
      package: PACKAGE,
      module: call.module,
      function: call.function,
      typeArguments: call.typeArguments ?? [],
      arguments: call.args.map((arg) => this.#argument(transaction, arg, minted)),
      context,
    })
  }

  #argument(transaction: Transaction, arg: Arg, minted: { coins: number; number: number }): MoveArgument {
    switch (arg.kind) {
      case 'pure':
        return { bytes: arg.bytes, access: 'pure' }
      case 'coin': {
        const id = derivedId(toBase58(mintDigest(minted.number)), BigInt(minted.coins++))
        const bytes = Uint8Array.from([...addressBytes(id), ...bcs.u64().serialize(arg.value).toBytes()])
        return { bytes, type: COIN, access: 'owned' }
      }
      case 'shared': {
        const bytes = this.#shared.get(arg.id)
        if (!bytes) throw new Error(`no object ${arg.id}`)
        return { bytes, type: arg.type, access: 'sharedMutable' }
      }
      case 'clock': {
        const id = addressBytes(derivedId(toBase58(CLOCK_DIGEST), 0n))
        const bytes = Uint8Array.from([...id, ...bcs.u64().serialize(transaction.time).toBytes()])
        return { bytes, type: '0x2::clock::Clock', access: 'readOnly' }
      }
      case 'result':
        return { ...this.#result(transaction, arg.call, minted), access: 'value' }
      case 'results': {
        const values = arg.calls.map((call) => this.#result(transaction, call, minted).bytes)
        const bytes = Uint8Array.from([values.length, ...values.flatMap((value) => [...value])])
        return { bytes, type: `vector<${arg.type}>`, access: 'value' }
      }
    }
  }

  #result(transaction: Transaction, call: Call, minted: { coins: number; number: number }) {
    const [first] = this.#call(transaction, call, minted).returns
    if (!first) throw new Error(`${call.function} returns nothing`)
    return first
  }

  #keep(call: Call, outcome: MoveOutcome): Done['touched'] {
    const touched: Done['touched'] = new Map()
    call.args.forEach((arg, index) => {
      if (arg.kind !== 'shared') return
      const bytes = outcome.mutated.get(index)
      if (outcome.taken.includes(index)) this.#shared.delete(arg.id)
      else if (bytes) this.#shared.set(arg.id, bytes)
      touched.set(arg.id, this.#shared.get(arg.id))
    })
    for (const { bytes, owner } of outcome.transferred) if ('Shared' in owner) this.#shared.set(idOf(bytes), bytes)
    return touched
  }
}

/** An object's id stands first in its bytes. */
export function idOf(object: Uint8Array): string {
  return `0x${Buffer.from(object.subarray(0, 32)).toString('hex')}`
}

/** The digest that the unit tests' scenario gives its transactions: their number as u256. */
export function digestOf(transaction: number): Uint8Array<ArrayBuffer> {
  const digest = new Uint8Array(32)
  new DataView(digest.buffer).setUint32(0, transaction, true)
  return digest
}

/** Coins are made in a transaction of their own, so that the call's own ids begin at 0. */
export function mintDigest(transaction: number): Uint8Array<ArrayBuffer> {
  const digest = digestOf(transaction)
  digest[31] = 0xc0
  return digest
}
