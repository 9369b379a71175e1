import { join } from 'node:path'
import { Secret, silentLog, systemClock, systemRandom, toHex } from '../base/index.ts'
import { boundedClock, nextClock } from '../features/chat/hybrid-clock.ts'
import { openStore, type Store } from '../store/index.ts'
import { decodeStrict, Envelope, MAX_ENVELOPE_BYTES } from '../wire/index.ts'

interface Said {
  author: string
  number: number
  time: number
  count: number
}

/**
 * What one device has, as Parley keeps it: the database of a profile, with its record of what was seen and its chats ordered by the
 * writer's hybrid clock. Encryption is left out, because it is not what fails here.
 */
export class FaultChats {
  readonly #address: string
  readonly #store: Store

  constructor(folder: string, index: number, address: string) {
    this.#address = address
    const key = new Secret(systemRandom.bytes(32))
    this.#store = openStore({ file: join(folder, `device-${index}.db`), key, clock: systemClock, log: silentLog })
  }

  /** A message as the envelope is to carry it; it stands in this device's own chat from now on. */
  write(id: Uint8Array, to: string, number: number): Uint8Array<ArrayBuffer> {
    const { time, count } = nextClock(this.#store.messages.clock(to), systemClock.now())
    const said: Said = { author: this.#address, number, time, count }
    this.#insert(toHex(id), to, said, true)
    return new TextEncoder().encode(JSON.stringify(said).padEnd(200))
  }

  /** As an inbox does: false for what was seen before; on disk when it returns. */
  take(bytes: Uint8Array): boolean {
    const { id, body } = decodeStrict(Envelope, bytes, 'The envelope', MAX_ENVELOPE_BYTES).V1
    const { seen } = this.#store
    if (seen.has(toHex(id)) || !body.Group) return false
    const said = JSON.parse(new TextDecoder().decode(body.Group.message)) as Said
    this.#store.transaction(() => {
      seen.add(toHex(id), systemClock.now())
      this.#insert(toHex(id), said.author, { ...said, ...boundedClock(said, systemClock.now()) }, false)
    })
    return true
  }

  /** The numbers of what this author wrote here, as a person reads them from top to bottom. */
  numbers(author: string): number[] {
    const rows = this.#store.messages.page(author, 1_000_000).reverse()
    return rows.filter((row) => row.author === author).map(({ text }) => Number(text))
  }

  close(): void {
    this.#store.close()
  }

  #insert(id: string, chat: string, { author, number, time, count }: Said, outgoing: boolean): void {
    const times = { clockTime: time, clockCount: count, sentAt: time, receivedAt: systemClock.now() }
    const state = outgoing ? 'sending' : 'delivered'
    this.#store.messages.insert({ id, chat, author, outgoing, text: `${number}`, ...times, state, failure: undefined })
  }
}

/** What is wrong with a chat in which these numbers were acknowledged to the author, in words. */
export function chatFaults(numbers: readonly number[], acknowledged: readonly number[]): string[] {
  const faults: string[] = []
  const has = new Set(numbers)
  if (has.size < numbers.length) faults.push(`${numbers.length - has.size} messages stand there twice`)
  const missing = acknowledged.filter((number) => !has.has(number))
  if (missing.length > 0) faults.push(`acknowledged and not there: ${missing.join(' ')}`)
  for (const [index, number] of numbers.entries())
    if (index > 0 && number < (numbers[index - 1] ?? 0)) faults.push(`${number} stands behind a later one`)
  return faults
}
