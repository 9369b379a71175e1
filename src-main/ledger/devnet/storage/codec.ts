import { deserialize, serialize } from 'node:v8'
import { fromHex } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'

/** Values of the ledger as Node's own structured serialisation, which newer versions of Node can read too. */
export function encode(value: unknown): Uint8Array {
  return serialize(value)
}

/** Throws `storage_damaged`. Only for what this program has written itself. */
export function decode<T>(bytes: unknown): T {
  try {
    return deserialize(bytes as Uint8Array) as T
  } catch (cause) {
    throw damaged('A record of the local ledger cannot be read.', cause)
  }
}

/** The 32 bytes of an address or object id. */
export function key(id: string): Uint8Array {
  return fromHex(id)
}

export function damaged(sentence: string, cause?: unknown): ParleyError {
  return new ParleyError('storage_damaged', sentence, cause === undefined ? undefined : { cause })
}
