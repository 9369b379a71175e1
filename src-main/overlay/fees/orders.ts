import { equal, fromHex, utf8 } from '../../base/index.ts'
import { sha256 } from '../../crypto/index.ts'
import { hash256, type SendRequest } from '../../wire/index.ts'
import type { SendResult } from '../types.ts'
import type { AppendRequest } from './meter.ts'
import { APPEND_KEPT_MS, appendUse, relayUse, type Use, useOf } from './prices.ts'

const KEY_BYTES = 16

/** What was used. */
export interface Used {
  use: Use
  /**
   * Until when it is kept, in ms since 1970: a repeat finds it there and costs nothing. 0 where it was brought and is not kept; undefined
   * where the same again is as much use as the first time.
   */
  keptUntil: number | undefined
}

/** Something that a device asks for, as it is counted. */
export interface Order<R> {
  /** Names the very same thing asked for again; without it nothing is a repeat. */
  key: Uint8Array | undefined
  /** What it may come to, as far as that is known before. */
  most: Use
  /** What it came to; undefined where nothing is counted. */
  used(result: R, now: number): Used | undefined
}

export type Repeatable<R> = Order<R> & { key: Uint8Array }

/** By all that a mailbox tells mail apart by: the bytes, not the id in them, which the sender chooses. */
export function sendOrder(from: string, { device, envelope, ttl }: SendRequest): Repeatable<SendResult> {
  const size = envelope.length
  return {
    key: keyOf('send', fromHex(from), fromHex(device), sha256(envelope)),
    most: useOf(size, ttl, 'queued'),
    used: (result, now) =>
      result === 'dropped'
        ? undefined
        : { use: useOf(size, ttl, result), keptUntil: result === 'queued' ? now + ttl : 0 },
  }
}

/** An entry that lost is kept nowhere; what is told in its place is relayed. */
export function appendOrder(from: string, { group, epoch, entry }: AppendRequest): Repeatable<{ value: Uint8Array }> {
  return {
    key: keyOf('append', fromHex(from), fromHex(group.replace('0x', '')), utf8(`${epoch}/`), sha256(entry)),
    most: appendUse(entry.length),
    used: ({ value }, now) =>
      equal(value, entry)
        ? { use: appendUse(entry.length), keptUntil: now + APPEND_KEPT_MS }
        : { use: relayUse(entry.length + value.length), keptUntil: undefined },
  }
}

export const readOrder: Order<{ entries: readonly { entry: Uint8Array }[] }> = {
  key: undefined,
  most: relayUse(0),
  used: ({ entries }) => {
    const bytes = entries.reduce((sum, { entry }) => sum + entry.length, 0)
    return bytes === 0 ? undefined : { use: relayUse(bytes), keptUntil: undefined }
  },
}

function keyOf(kind: string, ...parts: Uint8Array[]): Uint8Array {
  return hash256(utf8(`${kind}/`), ...parts).subarray(0, KEY_BYTES)
}
