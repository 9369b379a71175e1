import { type Clock, sleep } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { sha256, verifyCertificate } from '../../crypto/index.ts'
import type { NodeRecordValue, WireFactValue } from '../../wire/index.ts'
import { Buckets } from '../limits/buckets.ts'
import { type Fact, hasEnvelope } from '../state/index.ts'
import { decodeFact, sizeOf } from './codec.ts'
import { dutyOf } from './duty.ts'
import type { ReplicationParts } from './types.ts'

/** Frames of one node that are worked on at once: more only wait in memory. */
const MAX_RUNNING = 32
/** Bytes of facts that one node may give, and as many that it may answer: a network of ten nodes catches up at this rate from each of the others. */
const BYTES = { perSecond: 32 * 1024 * 1024, burst: 256 * 1024 * 1024 }
/**
 * The same for facts that are signed. Each has one or two signatures (lists and last resorts beside a certificate), and a check costs a tenth of
 * a millisecond, forged or not: a node takes two fifths of a core at most.
 */
const SIGNED = { perSecond: 2_000, burst: 20_000 }
/** Envelopes and acceptances of devices, and revocations of addresses, that are not known here; their certificates come beside. More are made up. */
const UNKNOWN = { perSecond: 50, burst: 5_000 }

/** Takes in what other nodes give, as far as it holds and is any business of either. */
export class FactReceiver {
  readonly #parts: ReplicationParts
  readonly #given: Work
  readonly #learned: Work
  readonly #unknown: Buckets
  readonly #running = new Map<string, number>()

  constructor(parts: ReplicationParts) {
    this.#parts = parts
    this.#given = newWork(parts.clock)
    this.#learned = newWork(parts.clock)
    this.#unknown = new Buckets(parts.clock, UNKNOWN)
  }

  /** Resolves when everything of it that holds is on disk; rejects with the refusal of what was not taken. */
  async receive(node: NodeRecordValue, wire: readonly WireFactValue[]): Promise<void> {
    const running = this.#running.get(node.nodeKey) ?? 0
    if (running >= MAX_RUNNING) throw new ParleyError('rate_limited', 'Too many facts at once.', { retryAfter: 1_000 })
    this.#running.set(node.nodeKey, running + 1)
    try {
      for (const [bucket, amount] of this.#costs(wire, this.#given)) bucket.require(node.nodeKey, amount)
      const [refusal] = await this.#take(node, wire)
      if (refusal) throw refusal
    } finally {
      const left = (this.#running.get(node.nodeKey) ?? 1) - 1
      if (left === 0) this.#running.delete(node.nodeKey)
      else this.#running.set(node.nodeKey, left)
    }
  }

  /**
   * The same for an answer to this node's own question, which is not refused where it is much, but takes its time. False where
   * something was refused that may be taken later: this node's clock is behind, it has no room, or does not know the device yet.
   */
  async learn(node: NodeRecordValue, wire: readonly WireFactValue[]): Promise<boolean> {
    for (const [bucket, amount] of this.#costs(wire, this.#learned))
      for (let ms = bucket.take(node.nodeKey, amount); ms > 0; ms = bucket.take(node.nodeKey, amount))
        await sleep(this.#parts.clock, ms)
    const refusals = await this.#take(node, wire)
    for (const err of refusals) this.#parts.log.debug({ err }, 'a fact of another node was refused')
    return !refusals.some(mayPass)
  }

  async #take(node: NodeRecordValue, wire: readonly WireFactValue[]): Promise<ParleyError[]> {
    const { state, clock } = this.#parts
    const now = clock.now()
    const facts: Fact[] = []
    const refusals: ParleyError[] = []
    for (const one of wire) {
      if (this.#isKnown(one)) continue
      try {
        const fact = decodeFact(one, now)
        this.#check(node, fact)
        facts.push(fact)
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error
        refusals.push(error)
      }
    }
    if (facts.length > 0) await state.apply('merge', { facts, now, quota: false })
    if (facts.some((fact) => fact.kind === 'mail' && fact.expiresAt > now && !this.#has(fact)))
      refusals.push(new ParleyError('rate_limited', 'There is no room for this envelope.', { retryAfter: 60_000 }))
    return refusals
  }

  #costs(wire: readonly WireFactValue[], { bytes, signed }: Work): [Buckets, number][] {
    const isSigned = (fact: WireFactValue) => fact.$kind !== 'mail' && !this.#isKnown(fact)
    return [
      [bytes, wire.reduce((sum, fact) => sum + sizeOf(fact), 0)],
      [signed, wire.filter(isSigned).length],
    ]
  }

  /** Said by each home node, and checked once. */
  #isKnown(fact: WireFactValue): boolean {
    return fact.$kind === 'accepted' && hasEnvelope(this.#parts.state.rows, 'accepted', fact.accepted)
  }

  #check({ nodeKey }: NodeRecordValue, fact: Fact): void {
    const { map, self, state } = this.#parts
    const { address } = fact
    if (dutyOf(map, self, address) === 'none' && dutyOf(map, nodeKey, address) === 'none')
      throw new ParleyError('unauthorized', 'Neither node keeps anything of that address.')
    if (fact.kind === 'allowed') this.#refuseRevoked(fact)
    if (fact.kind === 'revocation') return this.#checkRevocation(nodeKey, fact)
    if (fact.kind !== 'mail' && fact.kind !== 'accepted') return
    if (state.rows.get('SELECT 1 FROM device WHERE address = ? AND id = ?', address, fact.device)) return
    const digest = fact.kind === 'mail' ? sha256(fact.bytes) : fact.digest
    if (!hasEnvelope(state.rows, 'mail', { address, device: fact.device, digest })) this.#unknown.require(nodeKey)
  }

  /** Kept for good: only where this node knows a device of the address, or answers for it, and of these not many at once. */
  #checkRevocation(nodeKey: string, { address, device }: Extract<Fact, { kind: 'revocation' }>): void {
    const { map, self, state } = this.#parts
    if (state.rows.get('SELECT 1 FROM device WHERE address = ?', address)) return
    if (state.rows.get('SELECT 1 FROM revocation WHERE address = ? AND device = ?', address, device)) return
    if (dutyOf(map, self, address) === 'none')
      throw new ParleyError('unauthorized', 'This node keeps nothing of that address.')
    this.#unknown.require(nodeKey)
  }

  #refuseRevoked({ address, certificate }: Extract<Fact, { kind: 'allowed' }>): void {
    const { deviceId } = verifyCertificate(certificate, this.#parts.clock.now())
    const sql = 'SELECT 1 FROM revocation WHERE address = ? AND device = ?'
    if (this.#parts.state.rows.get(sql, address, deviceId))
      throw new ParleyError('revoked', 'This device was removed from its address.')
  }

  /** Here, or accepted by the device, or of a device that was revoked. */
  #has({ address, device, bytes }: Extract<Fact, { kind: 'mail' }>): boolean {
    const { rows } = this.#parts.state
    const key = { address, device, digest: sha256(bytes) }
    const revoked = 'SELECT 1 FROM revocation WHERE address = ? AND device = ?'
    return hasEnvelope(rows, 'mail', key) || hasEnvelope(rows, 'accepted', key) || !!rows.get(revoked, address, device)
  }
}

interface Work {
  bytes: Buckets
  signed: Buckets
}

function newWork(clock: Clock): Work {
  return { bytes: new Buckets(clock, BYTES), signed: new Buckets(clock, SIGNED) }
}

function mayPass({ code, reason }: ParleyError): boolean {
  return code === 'rate_limited' || reason === 'ahead'
}
