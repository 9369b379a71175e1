import { type Clock, Emitter, type Log, type Random } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import type { Overlay } from '../overlay/index.ts'
import type { Signalling } from '../peer/index.ts'
import { makeEnvelope, sealContent, type Sealer, SIGNAL_TTL_MS } from '../post/index.ts'
import type { Devices } from './devices.ts'

export interface SignallingParts {
  sealer: () => Sealer | undefined
  overlay: () => Overlay | undefined
  devices: Devices
  clock: Clock
  random: Random
  log: Log
}

/** WebRTC signalling over the overlay: sealed to the other device, signed by this one, never stored. */
export class OverlaySignalling implements Signalling {
  readonly #parts: SignallingParts
  readonly #events: Emitter<{ signal: { device: string; bytes: Uint8Array } }>

  constructor(parts: SignallingParts) {
    this.#parts = parts
    this.#events = new Emitter((error) => parts.log.error({ err: error }, 'a signal listener failed'))
  }

  async send(device: string, bytes: Uint8Array): Promise<void> {
    const { clock, random } = this.#parts
    const sealer = this.#parts.sealer()
    const overlay = this.#parts.overlay()
    const recipient = this.#parts.devices.get(device)
    if (!sealer || !overlay || !recipient) throw new ParleyError('offline', 'There is no way to this device now.')
    const body = await sealContent(sealer, recipient, { Signal: bytes }, clock.now())
    const envelope = makeEnvelope(sealer.certificate.deviceId, body, clock.now(), random)
    const result = await overlay.send({ address: recipient.addressText, device }, envelope, 'signal', SIGNAL_TTL_MS)
    if (result === 'dropped') throw new ParleyError('offline', 'The other device is not online.')
  }

  on(listener: (device: string, bytes: Uint8Array) => void): () => void {
    return this.#events.on('signal', ({ device, bytes }) => listener(device, bytes))
  }

  /** A checked signal has come in. */
  receive(device: string, bytes: Uint8Array): void {
    this.#events.emit('signal', { device, bytes })
  }
}
