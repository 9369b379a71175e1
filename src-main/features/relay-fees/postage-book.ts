import type { Store } from '../../store/index.ts'

/** What the cheapest home node of somebody asks for a contact request. */
export interface PostageAsk {
  /** Hex of its key. */
  node: string
  /** `wss://host:port` */
  endpoint: string
  nanos: bigint
}

interface Kept {
  /** NANOS, in all, that may be and that were promised as postage for this address. */
  agreed: string
  promised: string
  asks?: { node: string; endpoint: string; nanos: string }
}

const NOTHING: Kept = { agreed: '0', promised: '0' }
const keyOf = (address: string) => `postage/${address}`

/** What home nodes ask for contact requests, what the user has agreed to, and what was promised; on disk, by address. */
export class PostageBook {
  readonly #store: Store
  readonly #onChange: (address: string) => void

  constructor(store: Store, onChange: (address: string) => void) {
    this.#store = store
    this.#onChange = onChange
  }

  asks(address: string): PostageAsk | undefined {
    const { asks } = this.#kept(address)
    return asks && { ...asks, nanos: BigInt(asks.nanos) }
  }

  /** NANOS that may still be promised. */
  room(address: string): bigint {
    const { agreed, promised } = this.#kept(address)
    return BigInt(agreed) - BigInt(promised)
  }

  /** The user agrees to so many NANOS for the request that waits now, in the place of what was agreed to before. */
  agree(address: string, nanos: bigint): void {
    const kept = this.#kept(address)
    this.#save(address, { ...kept, agreed: `${BigInt(kept.promised) + nanos}` })
  }

  /** Within the transaction that keeps the voucher. */
  promise(address: string, nanos: bigint): void {
    const kept = this.#kept(address)
    this.#save(address, { ...kept, promised: `${BigInt(kept.promised) + nanos}` })
  }

  /** What is asked now; undefined where nothing is any more. */
  note(address: string, ask: PostageAsk | undefined): void {
    const { asks, ...kept } = this.#kept(address)
    const news = ask && { ...ask, nanos: `${ask.nanos}` }
    if (JSON.stringify(news) === JSON.stringify(asks)) return
    this.#save(address, { ...kept, ...(news && { asks: news }) })
    this.#onChange(address)
  }

  forget(address: string): void {
    this.#store.settings.set(keyOf(address), undefined)
  }

  #kept(address: string): Kept {
    return (this.#store.settings.get(keyOf(address)) as Kept | undefined) ?? NOTHING
  }

  #save(address: string, kept: Kept): void {
    const isNothing = kept.agreed === '0' && kept.promised === '0' && !kept.asks
    this.#store.settings.set(keyOf(address), isNothing ? undefined : kept)
  }
}
