import { fromBase64 } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import type { Argument, CallInput, Command } from '../execution/index.ts'
import type { LocalNode } from '../node.ts'
import { ByteVector } from '../../../wire/index.ts'
import { functionOf, type NormalizedStruct, type NormalizedType } from './normalized.ts'

const TEXT_TYPE = '0x1::string::String'

/** What the commands say about pure inputs, by index; a memo that nobody uses has no type. */
export function pureTypes(node: LocalNode, commands: Command[]): Map<number, string> {
  const types = new Map<number, string>()
  const note = (argument: Argument | undefined, type: string | undefined) => {
    if (argument?.Input !== undefined && type !== undefined) types.set(argument.Input, type)
  }
  for (const command of commands) {
    for (const amount of command.SplitCoins?.amounts ?? []) note(amount, 'u64')
    note(command.TransferObjects?.address, 'address')
    const { MoveCall: call } = command
    if (!call) continue
    const parameters = functionOf(node, call.package, call.module, call.function)?.parameters ?? []
    call.arguments.forEach((argument, index) => note(argument, pureType(parameters[index])))
  }
  return types
}

export function inputView(input: CallInput, type: string | undefined): object {
  if (input.Pure) {
    const value = pureValue(fromBase64(input.Pure.bytes), type)
    return { type: 'pure', valueType: type ?? null, value }
  }
  const { ImmOrOwnedObject: owned, SharedObject: shared, Receiving: receiving } = input.Object ?? {}
  if (shared) {
    const { objectId, initialSharedVersion, mutable } = shared
    const version = String(initialSharedVersion)
    return { type: 'object', objectType: 'sharedObject', objectId, initialSharedVersion: version, mutable }
  }
  const reference = owned ?? receiving
  if (!reference) throw new Error('an input is a value or an object')
  const { objectId, version, digest } = reference
  const objectType = owned ? 'immOrOwnedObject' : 'receiving'
  return { type: 'object', objectType, objectId, version: String(version), digest }
}

/** The Move type of a parameter that is given as bytes; undefined for others and for what is not shown as a value. */
function pureType(type: NormalizedType | undefined): string | undefined {
  if (typeof type === 'string') return type === 'Signer' ? undefined : type.toLowerCase()
  if (!type) return undefined
  if ('Struct' in type) return isText(type.Struct) ? TEXT_TYPE : undefined
  const inner = 'Vector' in type ? pureType(type.Vector) : undefined
  return inner && `vector<${inner}>`
}

function isText({ address, module, name }: NormalizedStruct): boolean {
  return address === '0x1' && module === 'string' && name === 'String'
}

/** The value where its type says how to read it, else its bytes. */
function pureValue(bytes: Uint8Array, type: string | undefined): unknown {
  const codec = type === undefined ? undefined : codecs.get(type)
  if (!codec) return Array.from(bytes)
  try {
    return codec(bytes)
  } catch {
    // A failed transaction may have had bytes of another type.
    return Array.from(bytes)
  }
}

/** Lists of other things stay bytes: their codec trusts the length that they claim. */
const codecs = new Map<string, (bytes: Uint8Array) => unknown>([
  ['bool', (bytes) => bcs.bool().parse(bytes)],
  ['u8', (bytes) => bcs.u8().parse(bytes)],
  ['u16', (bytes) => bcs.u16().parse(bytes)],
  ['u32', (bytes) => bcs.u32().parse(bytes)],
  ['u64', (bytes) => bcs.u64().parse(bytes)],
  ['u128', (bytes) => bcs.u128().parse(bytes)],
  ['u256', (bytes) => bcs.u256().parse(bytes)],
  ['address', (bytes) => bcs.Address.parse(bytes)],
  ['vector<u8>', (bytes) => Array.from(ByteVector.parse(bytes))],
  [TEXT_TYPE, (bytes) => utf8Text(ByteVector.parse(bytes))],
])

function utf8Text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}
