import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { verifyCertificate } from '../../crypto/index.ts'
import type { LinkBody } from '../../wire/index.ts'
import { LOW_STOCK } from '../constants.ts'
import { Buckets } from '../limits/buckets.ts'
import type { PublishedKeyPackage } from '../types.ts'
import type { Links } from './links.ts'

/** Packages in one frame: 16 of X-Wing with its keys are about 60 KiB. */
const PER_FRAME = 16
/** How often more are asked for: to make them costs this device some tenths of a second, and to say that there are none costs a node nothing. */
const ASKS = { perSecond: 1 / 60, burst: 5 }
/** Several nodes tell their stock when a device starts: they are added up before anybody is asked for more. */
const SETTLE_MS = 250

/** Key packages of this device at its home nodes (each at one only), and those of others. */
export class KeyStock {
  readonly #links: Links
  readonly #clock: Clock
  readonly #onLow: (remaining: number) => void
  readonly #asks: Buckets
  #cancel: (() => void) | undefined

  constructor(links: Links, clock: Clock, onLow: (remaining: number) => void) {
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
    let left = [...packages]
    let told = 0
    const homes = this.#links.connectedHomes()
    for (const [index, link] of homes.entries()) {
      const share = left.splice(0, Math.ceil(left.length / (homes.length - index)))
      try {
        do {
          const part = share.slice(0, PER_FRAME)
          const { count } = await link.request('putKeyPackages', { packages: part, lastResort }, 'stock')
          share.splice(0, PER_FRAME)
          link.stock = count
        } while (share.length > 0)
        told++
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error
        // The part on its way may have arrived: given to another node as well, it could be handed out twice.
        left = [...share.slice(PER_FRAME), ...left]
      }
    }
    if (told === 0) throw new ParleyError('offline', 'No home node took the key packages.', { retryAfter: 1_000 })
  }

  /** See Overlay.takeKeyPackages: only packages whose certificate is the address's own are answered. */
  async take(address: string, devices: readonly string[] = []): Promise<PublishedKeyPackage[]> {
    let failure: unknown
    for (const link of await this.#links.towards(address)) {
      try {
        const body = { address, devices: [...devices], lastResort: true }
        const { packages } = await link.request('takeKeyPackages', body, 'keyPackages')
        return this.#own(address, packages)
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  #own(address: string, packages: LinkBody<'keyPackages'>['packages']): PublishedKeyPackage[] {
    return packages
      .filter(({ certificate }) => {
        try {
          return verifyCertificate(certificate, this.#clock.now()).addressText === address
        } catch {
          // A node that answers something else is not believed; that is all that can be said of it.
          return false
        }
      })
      .map(({ certificate, keyPackage }) => ({ certificate, keyPackage }))
  }
}
