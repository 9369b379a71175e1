import { bcs } from '@iota/iota-sdk/bcs'
import { toBase64 } from '@iota/bcs'
import type { CoinRef } from '../port.ts'

/** Protocol limit of a transaction. */
const MAX_TRANSACTION_BYTES = 128 * 1024

export type Argument = { Input: number } | { Result: number } | { NestedResult: [number, number] }

/** A programmable transaction: commands and their inputs as they are added. */
export class Program {
  readonly #inputs: object[] = []
  readonly #commands: object[] = []
  readonly #packageId: string
  readonly #module: string

  constructor(packageId: string, module: string) {
    this.#packageId = packageId
    this.#module = module
  }

  pure(bytes: Uint8Array): Argument {
    return this.#input({ Pure: { bytes: toBase64(bytes) } })
  }

  u64(value: bigint): Argument {
    return this.pure(bcs.u64().serialize(value).toBytes())
  }

  u64s(values: readonly bigint[]): Argument {
    return this.pure(
      bcs
        .vector(bcs.u64())
        .serialize([...values])
        .toBytes(),
    )
  }

  bytes(value: Uint8Array): Argument {
    return this.pure(bcs.vector(bcs.u8()).serialize(value).toBytes())
  }

  byteVectors(values: readonly Uint8Array[]): Argument {
    return this.pure(
      bcs
        .vector(bcs.vector(bcs.u8()))
        .serialize(values.map((each) => [...each]))
        .toBytes(),
    )
  }

  addresses(values: readonly string[]): Argument {
    return this.pure(
      bcs
        .vector(bcs.Address)
        .serialize([...values])
        .toBytes(),
    )
  }

  shared(objectId: string, version: bigint, mutable = true): Argument {
    return this.#input({ Object: { SharedObject: { objectId, initialSharedVersion: version, mutable } } })
  }

  /** NANOS off the gas coin, as a coin of their own. */
  split(nanos: bigint): Argument {
    const amount = this.u64(nanos)
    return { NestedResult: [this.#command({ SplitCoins: { coin: { GasCoin: true }, amounts: [amount] } }), 0] }
  }

  transfer(coin: Argument, to: string): void {
    const address = this.pure(bcs.Address.serialize(to).toBytes())
    this.#command({ TransferObjects: { objects: [coin], address } })
  }

  call(name: string, args: Argument[], typeArguments: string[] = []): Argument {
    const target = { package: this.#packageId, module: this.#module, function: name }
    return { Result: this.#command({ MoveCall: { ...target, typeArguments, arguments: args } }) }
  }

  /** An empty vector of a type, for parameters that are no pure values. */
  emptyVector(type: string): Argument {
    return { Result: this.#command({ MakeMoveVec: { type, elements: [] } }) }
  }

  /** BCS of TransactionData. */
  data(sender: string, gas: readonly CoinRef[], price: bigint, budget: bigint): Uint8Array<ArrayBuffer> {
    const payment = gas.map(({ objectId, version, digest }) => ({ objectId, version, digest }))
    const value = {
      V1: {
        kind: { ProgrammableTransaction: { inputs: this.#inputs, commands: this.#commands } },
        sender,
        gasData: { payment, owner: sender, price, budget },
        expiration: { None: true as const },
      },
    }
    return new Uint8Array(bcs.TransactionData.serialize(value as never, { maxSize: MAX_TRANSACTION_BYTES }).toBytes())
  }

  #input(input: object): Argument {
    return { Input: this.#inputs.push(input) - 1 }
  }

  #command(command: object): number {
    return this.#commands.push(command) - 1
  }
}
