import { type Clock, toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { LinkBody, SignedKeyPackageValue } from '../../wire/index.ts'
import { LOW_STOCK } from '../constants.ts'
import { Buckets } from '../limits/buckets.ts'
import { checkPublished, signKeyPackage } from '../mailbox/key-package.ts'
import type { OverlayIdentity, PublishedKeyPackage } from '../types.ts'
import { LastResort } from './last-resort.ts'
import type { Links } from './links.ts'
import type { NodeLink } from './node-link.ts'

/** Packages in one frame: 16 of X-Wing with its keys are about 60 KiB. */
const PER_FRAME = 16
/** How often more are asked for: to make them costs this device some tenths of a second, and to say that there are none costs a node nothing. */
const ASKS = { perSecond: 1 / 60, burst: 5 }
/** Packages that are handed out once and were taken, which no node may give again: of those there are a few for each new conversation. */
const MAX_TAKEN = 10_000
/** Several nodes tell their stock when a device starts: they are added up before anybody is asked for more. */
const SETTLE_MS = 250
/** What no node took is made anew and tried again: a clock that was set is compared with the nodes' within half a minute. */
const AGAIN_MS = 60_000

/** Key packages of this device at its home nodes (each at one only), and those of others. */
export class KeyStock {
  readonly #identity: OverlayIdentity
  readonly #links: Links
  readonly #lastResort: LastResort
  readonly #clock: Clock
  readonly #onLow: (remaining: number) => void
  readonly #asks: Buckets
  /** Signatures, in hex, the oldest first. */
  readonly #taken = new Set<string>()
  #cancel: (() => void) | undefined

  constructor(identity: OverlayIdentity, links: Links, clock: Clock, onLow: (remaining: number) => void) {
    this.#identity = identity
    this.#lastResort = new LastResort(identity, () => clock.now() - (links.clockAheadMs() ?? 0))
    this.#asks = new Buckets(clock, ASKS)
    this.#links = links
    this.#clock = clock
    this.#onLow = onLow
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** A node told its stock: ask for more where all of them together have too little. */
  changed(): void {
    this.#lookIn(SETTLE_MS)
  }

  #lookIn(ms: number): void {
    this.#cancel ??= this.#clock.after(ms, () => {
      this.#cancel = undefined
      const remaining = this.#remaining()
      if (remaining === undefined || remaining >= LOW_STOCK) return
      const wait = this.#asks.take('')
      if (wait > 0) this.#lookIn(wait)
      else this.#onLow(remaining)
    })
  }

  /** At the linked home nodes; undefined where there are none. The one that says most may lie, and counts only by itself. */
  #remaining(): number | undefined {
    const stocks = this.#links.connectedHomes().map((link) => link.stock ?? 0)
    if (stocks.length === 0) return undefined
    const sum = stocks.reduce((total, count) => total + count, 0)
    return stocks.length === 1 ? sum : sum - Math.max(...stocks)
  }

  /** Spreads the packages over the linked home nodes, the last resort to all. Rejects with `offline` where none took it. */
  async publish(packages: readonly Uint8Array[], lastResort: Uint8Array): Promise<void> {
    const { certificate, deviceKey } = this.#identity
    const owner = { address: certificate.addressText, device: certificate.deviceId }
    let left = packages.map((each) => signKeyPackage(deviceKey, owner, each))
    let told = 0
    const homes = this.#links.connectedHomes()
    for (const [index, link] of homes.entries()) {
      const share = left.splice(0, Math.ceil(left.length / (homes.length - index)))
      try {
        do {
          link.stock = await this.#put(link, share.slice(0, PER_FRAME), lastResort)
          share.splice(0, PER_FRAME)
        } while (share.length > 0)
        told++
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error
        // The part on its way may have arrived: given to another node as well, it could be handed out twice.
        left = [...share.slice(PER_FRAME), ...left]
      }
    }
    if (told > 0) return
    this.#lookIn(AGAIN_MS)
    throw new ParleyError('offline', 'No home node took the key packages.', { retryAfter: AGAIN_MS })
  }

  /** Answers the stock. A node that has a later last resort takes nothing, so the same may be given again. */
  async #put(link: NodeLink, packages: SignedKeyPackageValue[], lastResort: Uint8Array): Promise<number> {
    const put = async (signed: SignedKeyPackageValue) =>
      (await link.request('putKeyPackages', { packages, lastResort: signed }, 'stock')).count
    try {
      return await put(this.#lastResort.sign(lastResort))
    } catch (error) {
      return put(this.#lastResort.signAfter(lastResort, error))
    }
  }

  /**
   * See Overlay.takeKeyPackages. A node that answers nothing, or what its device has not signed, keeps nobody from what the next
   * one has, nor what was taken before and is to be used once. Rejects with `bad_signature` (or `conflict`) where nothing but such was
   * answered, or as the last node did where none answered.
   */
  async take(address: string, devices: readonly string[] = []): Promise<PublishedKeyPackage[]> {
    const found = new Map<string, PublishedKeyPackage>()
    let isAnswered = false
    let failure: unknown
    for (const link of await this.#links.towards(address)) {
      try {
        const body = { address, devices: [...devices], lastResort: true }
        const { packages } = await link.request('takeKeyPackages', body, 'keyPackages')
        const refusal = this.#add(found, body, packages)
        if (!refusal && found.size > 0) break
        if (refusal) failure = refusal
        else isAnswered = true
      } catch (error) {
        failure = error
      }
    }
    if (found.size === 0 && !isAnswered) throw failure
    return [...found.values()]
  }

  /** Keeps what holds and was asked for; answers why something does not. */
  #add(
    found: Map<string, PublishedKeyPackage>,
    { address, devices }: LinkBody<'takeKeyPackages'>,
    packages: LinkBody<'keyPackages'>['packages'],
  ): unknown {
    let refusal: unknown
    for (const entry of packages) {
      try {
        const { deviceId } = checkPublished(address, entry, this.#clock.now())
        if (found.has(deviceId) || (devices.length > 0 && !devices.includes(deviceId))) continue
        this.#refuseAgain(entry.signed)
        found.set(deviceId, { certificate: entry.certificate, keyPackage: entry.signed.keyPackage })
      } catch (error) {
        refusal = error
      }
    }
    return refusal
  }

  #refuseAgain({ version, signature }: SignedKeyPackageValue): void {
    if (version > 0) return
    const name = toHex(signature)
    if (this.#taken.has(name)) throw new ParleyError('conflict', 'The node gave a key package a second time.')
    this.#taken.add(name)
    const [oldest] = this.#taken
    if (this.#taken.size > MAX_TAKEN && oldest !== undefined) this.#taken.delete(oldest)
  }
}
