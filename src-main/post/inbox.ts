import { type Clock, type Log, SerialQueue, toHex } from '../base/index.ts'
import { type ErrorCode, ParleyError, toParleyError } from '../contract/index.ts'
import { mlsReason, sha256 } from '../crypto/index.ts'
import type { Sessions } from '../session/index.ts'
import type { Store } from '../store/index.ts'
import {
  ConversationEvent,
  type ConversationEventV1,
  decodeStrict,
  type EnvelopeV1,
  MAX_EVENT_BYTES,
} from '../wire/index.ts'
import {
  CATCHING_UP_MOST_MS,
  MESSAGE_TTL_MS,
  RETRIES,
  RETRY_FIRST_MS,
  RETRY_HERE_MOST_MS,
  SEEN_KEEP_MS,
  SKEW_MS,
  WAITING_MOST,
  WAITING_MS,
} from './constants.ts'
import { readEnvelope } from './envelopes.ts'
import { openContent, type Sealer } from './sealing.ts'
import type { EventArrival, InboxHandlers } from './types.ts'

export interface InboxParts {
  store: Store
  sessions: Sessions
  sealer: Sealer
  handlers: InboxHandlers
  /** New keys of this group (hex) are being fetched: what is ahead waits for them. */
  isCatchingUp?: (group: string) => boolean
  clock: Clock
  log: Log
}

interface Arrival {
  envelope: EnvelopeV1
  id: string
  /** SHA-256 of the envelope, hex: nobody can make another one of it, as of the id. */
  digest: string
  from: string
  accept: () => void
  /** How often it failed by a fault of this device. */
  attempts?: number
}

interface Waiting extends Arrival {
  group: string
  since: number
  /** When it came, by the steady clock: a machine that sleeps fetches no keys. */
  cameAt: number
  asked: boolean
}

/** Envelopes being handled at once: more wait in the mailbox, where they cost this process nothing. */
const MOST_PENDING = 1024
/** Faults of this device: the envelope is left where it is. */
const OURS: ReadonlySet<ErrorCode> = new Set([
  'internal',
  'storage_full',
  'storage_damaged',
  'timeout',
  'offline',
  'locked',
  'rate_limited',
])

/**
 * Takes envelopes from every way in: drops repeats, opens, checks, hands on, and accepts only what is on disk.
 * What comes before its group is kept waiting; what can never be read is accepted and logged, so it does not come for ever.
 */
export class Inbox {
  readonly #parts: InboxParts
  readonly #lanes = new Map<string, SerialQueue>()
  readonly #handling = new Map<string, (() => void)[]>()
  #waiting: Waiting[] = []
  #running = true
  #lastReadAt = -Infinity
  #cancelSweep: (() => void) | undefined

  constructor(parts: InboxParts) {
    this.#parts = parts
  }

  start(): void {
    this.#parts.store.seen.prune(this.#parts.clock.now() - SEEN_KEEP_MS)
    this.#sweepSoon()
  }

  stop(): void {
    this.#running = false
    this.#cancelSweep?.()
    this.#waiting = []
  }

  /** When a message of a conversation was read last, in ms of the steady clock; -Infinity where none was. */
  get lastReadAt(): number {
    return this.#lastReadAt
  }

  /** Never throws: a bad envelope ends here. Without `accept` it comes again later. */
  receive(bytes: Uint8Array, fromDevice: string, accept: () => void): void {
    let envelope: EnvelopeV1
    try {
      envelope = readEnvelope(bytes)
    } catch (thrown) {
      this.#parts.log.warn({ code: toParleyError(thrown).code }, 'an unreadable envelope was dropped')
      return accept()
    }
    if (toHex(envelope.from) !== fromDevice) {
      this.#parts.log.warn({}, 'an envelope named another sender than its way and was dropped')
      return accept()
    }
    const arrival = { envelope, id: toHex(envelope.id), digest: toHex(sha256(bytes)), from: fromDevice, accept }
    // The same envelope can come over the relay and the direct path at once: handle it once, accept both.
    const twin = this.#handling.get(arrival.digest)
    if (twin) return void twin.push(accept)
    if (this.#handling.size >= MOST_PENDING) return
    this.#handling.set(arrival.digest, [accept])
    void this.#lane(fromDevice).run(() => this.#handle(arrival))
  }

  /** A new group or epoch is there: what waited for it is tried again. */
  retryWaiting(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const arrival of waiting) void this.#lane(arrival.from).run(() => this.#handle(arrival))
  }

  #lane(device: string): SerialQueue {
    const lane = this.#lanes.get(device) ?? new SerialQueue()
    this.#lanes.set(device, lane)
    return lane
  }

  #done(arrival: Arrival): void {
    const accepts = this.#handling.get(arrival.digest) ?? [arrival.accept]
    this.#handling.delete(arrival.digest)
    for (const accept of accepts) accept()
    const lane = this.#lanes.get(arrival.from)
    if (lane && lane.length <= 1) this.#lanes.delete(arrival.from)
  }

  async #handle(arrival: Arrival): Promise<void> {
    if (!this.#running) return
    try {
      const { seen } = this.#parts.store
      if (seen.has(arrival.id) || seen.has(arrival.digest)) {
        this.#parts.handlers.onRepeat(arrival.from)
        this.#done(arrival)
      } else if (await this.#dispatch(arrival)) this.#done(arrival)
    } catch (thrown) {
      if (this.#running) await this.#onFault(arrival, thrown)
    }
  }

  async #onFault(arrival: Arrival, thrown: unknown): Promise<void> {
    const error = toParleyError(thrown)
    if (OURS.has(error.code)) {
      // Ours to mend, not the sender's fault: not accepted, so nobody takes it for delivered.
      this.#parts.log.error({ err: error.cause ?? error, code: error.code }, 'an envelope could not be handled now')
      return this.#handleLater(arrival)
    }
    const reason = mlsReason(thrown)
    this.#parts.log.warn({ code: error.code, reason: reason ?? error.message }, 'an envelope was refused')
    const group = arrival.envelope.body.Group
    if (reason === 'state_lost' && group) await this.#parts.sessions.abandon(group.groupId)
    // It will not become readable here; in a new group its sender can say it again.
    const isUnreadable = reason !== undefined && reason !== 'replay'
    if (isUnreadable || (error.code === 'bad_signature' && this.#mayBeSplit(group?.groupId)))
      await this.#askForGroup(arrival.from)
    this.#refuse(arrival)
  }

  /** Where a log orders new keys and was lost, a device that had read none of it may have gone on by itself. */
  #mayBeSplit(groupId: Uint8Array | undefined): boolean {
    return groupId !== undefined && this.#parts.store.groups.get(groupId)?.log !== undefined
  }

  /** Tried again here, because a node offers what it kept only to a new link; after the last time it is left to that. */
  #handleLater(arrival: Arrival): void {
    const attempts = arrival.attempts ?? 0
    if (attempts >= RETRIES) return void this.#handling.delete(arrival.digest)
    const { clock } = this.#parts
    clock.after(Math.min(RETRY_FIRST_MS * 2 ** attempts, RETRY_HERE_MOST_MS), () => {
      if (this.#running) void this.#lane(arrival.from).run(() => this.#handle({ ...arrival, attempts: attempts + 1 }))
    })
  }

  /** By its bytes: a node that makes up something with the id of a message that waits must not have that one dropped. */
  #refuse(arrival: Arrival): void {
    this.#parts.store.seen.add(arrival.digest, this.#parts.clock.now())
    this.#done(arrival)
  }

  async #dispatch(arrival: Arrival): Promise<boolean> {
    const { body } = arrival.envelope
    if (body.Group) return this.#group(arrival, body.Group.groupId, body.Group.message)
    const { sender, content, sentAt } = await openContent(
      this.#parts.sealer,
      body.Sealed,
      arrival.from,
      this.#parts.clock.now(),
    )
    const age = this.#parts.clock.now() - sentAt
    if (age > MESSAGE_TTL_MS + SKEW_MS || age < -SKEW_MS)
      throw new ParleyError('expired', 'The message is out of its time.')
    await this.#parts.handlers.onSealed(sender, content, sentAt)
    if (content.$kind !== 'Signal') this.#parts.store.seen.add(arrival.id, this.#parts.clock.now())
    return true
  }

  async #group(arrival: Arrival, groupId: Uint8Array, message: Uint8Array): Promise<boolean> {
    const { store, sessions, handlers, clock } = this.#parts
    const row = store.groups.get(groupId)
    if (!row) return this.#wait(arrival, toHex(groupId))
    let taken: EventArrival | undefined
    let committed = false
    const outcome = await sessions.receive(groupId, message, (incoming) => {
      store.seen.add(arrival.id, clock.now())
      committed = incoming.kind === 'commit'
      if (incoming.kind !== 'application') return
      const event = this.#read(incoming.plaintext)
      if (!event || incoming.sender.deviceId !== arrival.from) return
      taken = { chat: row.chat, author: incoming.sender.addressText, device: arrival.from, event }
      handlers.onEvent(taken)
    })
    if (outcome === 'later') return this.#wait(arrival, toHex(groupId))
    this.#lastReadAt = clock.steady()
    if (taken) handlers.afterEvent(taken)
    if (committed) this.retryWaiting()
    return true
  }

  /** Undefined for what a newer Parley says: the conversation goes on without it. */
  #read(plaintext: Uint8Array): ConversationEventV1 | undefined {
    try {
      return decodeStrict(ConversationEvent, plaintext, 'The message', MAX_EVENT_BYTES).V1
    } catch (thrown) {
      if (toParleyError(thrown).code !== 'unsupported_version') throw thrown
      this.#parts.log.warn({}, 'a message of a kind that this version does not know was passed over')
      return undefined
    }
  }

  /** Keeps an envelope whose group or epoch is not there yet, within bounds; answers whether it is done with. */
  #wait(arrival: Arrival, group: string): boolean {
    const before = arrival as Partial<Waiting>
    if (this.#waiting.length >= WAITING_MOST) {
      this.#handling.delete(arrival.digest)
      return false
    }
    this.#waiting.push({
      ...arrival,
      group,
      since: before.since ?? this.#parts.clock.steady(),
      cameAt: before.cameAt ?? this.#parts.clock.steady(),
      asked: before.asked ?? false,
    })
    return false
  }

  #sweepSoon(): void {
    this.#cancelSweep = this.#parts.clock.after(WAITING_MS / 4, () => {
      void this.#sweep().finally(() => this.#running && this.#sweepSoon())
    })
  }

  /** What has waited too long will not become readable: its sender is asked for a new group, once, and it is let go. */
  async #sweep(): Promise<void> {
    const { clock, isCatchingUp } = this.#parts
    const now = clock.steady()
    const mayWait = ({ cameAt }: Waiting) => now - cameAt < CATCHING_UP_MOST_MS
    for (const arrival of this.#waiting) if (mayWait(arrival) && isCatchingUp?.(arrival.group)) arrival.since = now
    const old = this.#waiting.filter((arrival) => now - arrival.since >= WAITING_MS)
    if (old.length === 0) return
    this.#waiting = this.#waiting.filter((arrival) => now - arrival.since < WAITING_MS)
    for (const device of new Set(old.map((arrival) => arrival.from))) await this.#askForGroup(device)
    for (const arrival of old) this.#refuse(arrival)
  }

  async #askForGroup(device: string): Promise<void> {
    try {
      await this.#parts.handlers.onUnreadable(device)
    } catch (thrown) {
      this.#parts.log.warn({ code: toParleyError(thrown).code }, 'a new group could not be asked for')
    }
  }
}
