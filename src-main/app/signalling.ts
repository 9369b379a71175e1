import { type Clock, Emitter, type Log, type Random } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import type { Rooms } from '../features/rooms/index.ts'
import type { Overlay } from '../overlay/index.ts'
import type { Signalling } from '../peer/index.ts'
import { makeEnvelope, sealContent, type Sealer, SIGNAL_TTL_MS } from '../post/index.ts'
import type { LedgerWay } from './ledger-way.ts'
import { decodeSignal } from '../wire/index.ts'
import type { Devices } from './devices.ts'

export interface SignallingParts {
  sealer: () => Sealer | undefined
  overlay: () => Overlay | undefined
  devices: Devices
  ledger: () => LedgerWay
  rooms: () => Pick<Rooms['live'], 'signalWay' | 'sendSignal'>
  clock: Clock
  random: Random
  log: Log
}

type Way = 'overlay' | 'room' | 'ledger'

/** WebRTC signalling over the overlay, or the ledger: sealed to the other device, signed by this one. Nodes never store it. */
export class OverlaySignalling implements Signalling {
  readonly #parts: SignallingParts
  readonly #events: Emitter<{ signal: { device: string; bytes: Uint8Array } }>

  constructor(parts: SignallingParts) {
    this.#parts = parts
    this.#events = new Emitter((error) => parts.log.error({ err: error }, 'a signal listener failed'))
  }

  async send(device: string, bytes: Uint8Array): Promise<void> {
    const recipient = this.#parts.devices.get(device)
    const way = this.#wayTo(device)
    if (way === 'ledger' && recipient) return this.#parts.ledger().signal(recipient, bytes)
    const { WholeAnswer } = decodeSignal(bytes).body
    if (way !== 'overlay' || !WholeAnswer || !recipient) return this.#free(device, bytes, way)
    // It answers what came by the ledger, from somebody whom the nodes may not know, or have not missed yet.
    return this.#free(device, bytes, way).catch(() => this.#parts.ledger().signal(recipient, bytes))
  }

  async #free(device: string, bytes: Uint8Array, way: Way): Promise<void> {
    const { clock, random, devices } = this.#parts
    const sealer = this.#parts.sealer()
    const overlay = this.#parts.overlay()
    const recipient = devices.get(device)
    if (!sealer || !overlay || !recipient) throw new ParleyError('offline', 'There is no way to this device now.')
    const body = await sealContent(sealer, recipient, { Signal: bytes }, clock.now())
    const envelope = makeEnvelope(sealer.certificate.deviceId, body, clock.now(), random)
    if (way === 'room') return this.#throughRoom(device, bytes, envelope)
    const result = await overlay.send({ address: recipient.addressText, device }, envelope, 'signal', SIGNAL_TTL_MS)
    if (result === 'dropped') throw new ParleyError('offline', 'The other device is not online.')
  }

  whole(device: string): boolean {
    const way = this.#wayTo(device)
    return way === 'ledger' || (way === 'room' && this.#parts.rooms().signalWay(device) === 'ledger')
  }

  /** What goes by the ledger is whole: nobody pays to be told goodbye. */
  #throughRoom(device: string, bytes: Uint8Array, envelope: Uint8Array): Promise<void> {
    const rooms = this.#parts.rooms()
    const { WholeOffer, WholeAnswer } = decodeSignal(bytes).body
    if (rooms.signalWay(device) === 'ledger' && !WholeOffer && !WholeAnswer)
      throw new ParleyError('offline', 'There is no way to this device now.')
    return rooms.sendSignal(device, envelope)
  }

  /** What costs nothing comes first: a node, or another member of a room. */
  #wayTo(device: string): Way {
    const { ledger, rooms, overlay, devices } = this.#parts
    const address = devices.addressOf(device)
    if (address !== undefined && overlay()?.isOnline(address)) return 'overlay'
    if (rooms().signalWay(device) !== undefined) return 'room'
    if (address === undefined) return ledger().usable ? 'ledger' : 'overlay'
    return ledger().reaches(address) ? 'ledger' : 'overlay'
  }

  on(listener: (device: string, bytes: Uint8Array) => void): () => void {
    return this.#events.on('signal', ({ device, bytes }) => listener(device, bytes))
  }

  /** A checked signal has come in. */
  receive(device: string, bytes: Uint8Array): void {
    this.#events.emit('signal', { device, bytes })
  }
}
