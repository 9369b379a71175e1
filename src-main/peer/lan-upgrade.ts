import type { LanOffer } from './frames.ts'
import type { Command, ConnectionReport } from './ipc.ts'
import type { Path } from './path.ts'

type Pair = Extract<ConnectionReport, { type: 'pair' }>
type LanReport = Extract<ConnectionReport, { type: 'lanListening' | 'lanOpen' | 'lanClosed' }>

/**
 * A TLS connection for bulk data beside a path within one network. One side listens and says so over the path itself, whose DTLS
 * fingerprint the device's key has signed; the other dials. Where that is kept from coming about, by a firewall for one, the
 * roles are changed once. Only the two addresses that the path has proved are listened at and dialled.
 */
export class LanUpgrade {
  readonly #listensFirst: boolean
  readonly #post: (command: Command) => void
  #current: { path: Path; pair: Pair } | undefined
  /** Came before this side knew the pair of candidates. */
  #offer: LanOffer | undefined
  #listened = false
  #dialled = false
  #open = false

  constructor(listensFirst: boolean, post: (command: Command) => void) {
    this.#listensFirst = listensFirst
    this.#post = post
  }

  /** The path has proved itself, and goes within one network. */
  begin(path: Path, pair: Pair): void {
    if (this.#current) return
    this.#current = { path, pair }
    if (this.#listensFirst) this.#listen()
    if (this.#offer) this.offered(this.#offer)
  }

  /** The other side listens. */
  offered(offer: LanOffer): void {
    if (!this.#current) return void (this.#offer = offer)
    if (this.#dialled || this.#open) return
    this.#dialled = true
    const { connection, remote } = this.#current.pair
    this.#post({ type: 'lanDial', connection, address: remote.address, offer })
  }

  report(report: LanReport): void {
    const path = this.#current?.path
    if (!path) return
    if (report.type === 'lanListening') return path.offerLan(report)
    this.#open = report.type === 'lanOpen'
    if (this.#open) return path.lanOpened()
    path.lanClosed()
    if (this.#dialled && !this.#listened) this.#listen()
  }

  /** The path is over; the peer process has closed what was beside it. */
  reset(): void {
    this.#current = undefined
    this.#offer = undefined
    this.#listened = this.#dialled = this.#open = false
  }

  #listen(): void {
    if (!this.#current) return
    this.#listened = true
    const { connection, local } = this.#current.pair
    this.#post({ type: 'lanListen', connection, address: local.address })
  }
}
