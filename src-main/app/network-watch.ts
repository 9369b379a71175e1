import { networkInterfaces } from 'node:os'
import type { Clock } from '../base/index.ts'

/** Reading the list takes some tenths of a millisecond; nothing tells a program on every system that it has changed. */
const LOOK_MS = 1_000

/** A look that comes so late means that the machine slept (or its clock was set, which does no harm): its links may be gone. */
const SLEPT_MS = 10_000

/** Tells when the machine's own addresses have changed, another Wi-Fi, a cable, a VPN, and when it wakes from sleep. */
export class NetworkWatch {
  readonly #clock: Clock
  readonly #changed: () => void
  readonly #read: () => string
  #before = ''
  #lookedAt = 0
  #cancel = () => {}

  constructor(clock: Clock, changed: () => void, read: () => string = ownAddresses) {
    this.#clock = clock
    this.#changed = changed
    this.#read = read
  }

  start(): void {
    this.#before = this.#read()
    this.#lookedAt = this.#clock.now()
    this.#lookLater()
  }

  stop(): void {
    this.#cancel()
  }

  #lookLater(): void {
    this.#cancel = this.#clock.after(LOOK_MS, () => {
      this.#lookLater()
      const slept = this.#clock.now() - this.#lookedAt > LOOK_MS + SLEPT_MS
      this.#lookedAt = this.#clock.now()
      const now = this.#read()
      if (now === this.#before && !slept) return
      this.#before = now
      // Without any network there is nothing to find yet.
      if (now !== '') this.#changed()
    })
  }
}

/** Addresses beyond this machine. Temporary IPv6 ones come and go with the network's prefix: the prefix counts. */
function ownAddresses(): string {
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const places = own
    .filter(({ internal }) => !internal)
    .map(({ address, family, mac }) =>
      family === 'IPv6' ? address.split(':').slice(0, 4).join(':') : `${address} ${mac}`,
    )
  return [...new Set(places)].sort().join(',')
}
