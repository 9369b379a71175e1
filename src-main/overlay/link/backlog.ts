import { ParleyError } from '../../contract/index.ts'

/** Below this a link is not looked at: 80 MB of the most links that a node has. */
export const NEGLIGIBLE_BYTES = 4 * 1024
/** Of the bound: so much is left when others were cut off, so that the next look is far away. */
const LEFT_SHARE = 3 / 4

/** A link with what it was sent and did not read. */
export interface Reader {
  /** Where it links from. */
  readonly network: string
  /** Bytes that wait in this process, as of now. */
  readonly unread: number
  readonly closed: boolean
  close(reason: ParleyError): void
}

/**
 * What all links together were sent and did not read: a bound for each alone, times all that one place may open, is more than a machine
 * has. Beyond the bound those go who have most of it: the heaviest link of the network with the most, then the next.
 * A write costs an addition; links are looked at one by one only when so much was written that the bound may be reached.
 */
export class Backlog {
  readonly #most: number
  readonly #onClosed: () => void
  readonly #readers = new Set<Reader>()
  /** Never less than what waits, beside what is negligible. */
  #atMost = 0

  constructor(most: number, onClosed: () => void = () => {}) {
    this.#most = most
    this.#onClosed = onClosed
  }

  /** Links that were behind since the last look. */
  get size(): number {
    return this.#readers.size
  }

  /** A link is behind, by so many bytes more. */
  grew(reader: Reader, bytes: number): void {
    this.#readers.add(reader)
    this.#atMost += bytes
    if (this.#atMost > this.#most) this.#look()
  }

  #look(): void {
    const networks = new Map<string, { bytes: number; readers: { reader: Reader; bytes: number }[] }>()
    let total = 0
    for (const reader of this.#readers) {
      const bytes = reader.closed ? 0 : reader.unread
      if (bytes <= NEGLIGIBLE_BYTES) {
        this.#readers.delete(reader)
        continue
      }
      const known = networks.get(reader.network) ?? { bytes: 0, readers: [] }
      known.bytes += bytes
      known.readers.push({ reader, bytes })
      networks.set(reader.network, known)
      total += bytes
    }
    for (const { readers } of networks.values()) readers.sort((one, other) => one.bytes - other.bytes)
    while (total > this.#most * LEFT_SHARE) {
      const worst = [...networks.values()].reduce((most, each) => (each.bytes > most.bytes ? each : most))
      const heaviest = worst.readers.pop()
      if (!heaviest) break
      worst.bytes -= heaviest.bytes
      total -= heaviest.bytes
      this.#readers.delete(heaviest.reader)
      heaviest.reader.close(new ParleyError('rate_limited', 'The other side does not read fast enough.'))
      this.#onClosed()
    }
    this.#atMost = total
  }
}
