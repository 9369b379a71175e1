import { bcs } from '@iota/bcs'
import { toHex } from '../../../../base/index.ts'

/** A parameter's value for both machines: text for a Move test, bytes for a call. */
export type Arg =
  | { kind: 'pure'; text: string; bytes: Uint8Array }
  | { kind: 'coin'; value: bigint }
  | { kind: 'shared'; id: string; type: string; taken: boolean }
  | { kind: 'clock' }
  | { kind: 'result'; call: Call }
  | { kind: 'results'; type: string; calls: Call[] }

export interface Call {
  module: string
  function: string
  typeArguments?: string[]
  args: Arg[]
  /** Its last parameter is the transaction's context. */
  context?: boolean
}

const pure = (text: string, bytes: Uint8Array): Arg => ({ kind: 'pure', text, bytes })

/** `x"…"` */
export const hexText = (bytes: Uint8Array): string => `x"${toHex(bytes)}"`

export const clock: Arg = { kind: 'clock' }
export const coin = (value: bigint): Arg => ({ kind: 'coin', value })
/** A shared object, borrowed. */
export const shared = (id: string, type: string): Arg => ({ kind: 'shared', id, type, taken: false })
/** A shared object, moved into the call. */
export const taken = (id: string, type: string): Arg => ({ kind: 'shared', id, type, taken: true })
export const result = (call: Call): Arg => ({ kind: 'result', call })
export const results = (type: string, calls: Call[]): Arg => ({ kind: 'results', type, calls })

export const u64 = (value: bigint | number): Arg => pure(`${value}`, bcs.u64().serialize(value).toBytes())
export const address = (value: string): Arg => pure(`@${value}`, addressBytes(value))
export const bytes = (value: Uint8Array): Arg => pure(hexText(value), bcs.byteVector().serialize(value).toBytes())

export const byteVectors = (values: Uint8Array[]): Arg =>
  pure(`vector[${values.map(hexText).join(', ')}]`, bcs.vector(bcs.byteVector()).serialize(values).toBytes())

export const u64s = (values: bigint[]): Arg =>
  pure(`vector[${values.join(', ')}]`, bcs.vector(bcs.u64()).serialize(values).toBytes())

export const addresses = (values: string[]): Arg =>
  pure(
    `vector[${values.map((value) => `@${value}`).join(', ')}]`,
    bcs.vector(bcs.bytes(32)).serialize(values.map(addressBytes)).toBytes(),
  )

export const texts = (values: string[]): Arg =>
  pure(
    `vector[${values.map((value) => `std::string::utf8(b"${value}")`).join(', ')}]`,
    bcs.vector(bcs.string()).serialize(values).toBytes(),
  )

export function addressBytes(value: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(value.replace(/^0x/, '').padStart(64, '0'), 'hex'))
}
