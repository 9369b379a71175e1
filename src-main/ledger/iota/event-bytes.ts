import { fromBase58 } from '@iota/bcs'
import type { EventEntry } from './registry-schemas.ts'
import { unreadable } from './rpc-client.ts'

/** BCS of an event of the module `what`. Throws `ledger_unreachable` where it cannot be read. */
export function eventBytes(what: string, { bcs, bcsEncoding }: EventEntry): Uint8Array {
  if (bcsEncoding === 'base64') return new Uint8Array(Buffer.from(bcs, 'base64'))
  return parsed(what, () => fromBase58(bcs))
}

/** What `read` gives of bytes of the module `what`; throws `ledger_unreachable` where it throws. */
export function parsed<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw unreadable(what, String(cause))
  }
}
