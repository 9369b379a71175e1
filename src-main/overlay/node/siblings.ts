import type { Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { decodeFrame, encodeFrame, type LinkInput, type SendRequest } from '../../wire/index.ts'
import { LIVE_RELAY_MS } from '../constants.ts'
import type { DeviceLink } from '../relay/device-link.ts'
import type { Relay } from '../relay/relay.ts'
import type { RelaySiblings, Sender } from '../relay/types.ts'
import { localBus, type NodeBus } from '../state/index.ts'
import type { PresenceTable } from '../presence/table.ts'

/** A process that has the link says so in a millisecond. */
const FIND_MS = 500
const YES = new Uint8Array([1])
const NO = new Uint8Array([0])

interface Parts {
  /** Works while the state runs. */
  bus: () => NodeBus
  /** The parts that are built with this one in hand. */
  node: () => { relay: Relay; directory: { hear(packet: Uint8Array): void }; table: PresenceTable }
  log: Log
}

/** The other processes of this node: what is linked there, and what they know of presence. Nobody where there is one process. */
export class Siblings implements RelaySiblings {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Once the state has started. */
  start(): void {
    const { bus, node } = this.#parts
    bus().subscribe('presence', (packet) => node().directory.hear(packet))
    bus().share(() => node().table.all())
  }

  /** A presence packet that was news here. */
  tell(packet: Uint8Array): void {
    this.#parts.bus().publish('presence', packet)
  }

  hold(link: DeviceLink): () => void {
    const close = () =>
      link.connection.close(new ParleyError('conflict', 'A newer link of this device replaces this one.'))
    return this.#parts.bus().hold(link.device, (question) => this.#serve(question), close)
  }

  deliver(sender: Sender, send: SendRequest): Promise<boolean> {
    const body = { sender: sender.address, senderDevice: sender.device, live: true, send }
    return this.#ask(send.device, () => encodeFrame('relay', 0, body as LinkInput<'relay'>), LIVE_RELAY_MS)
  }

  has(address: string, device: string): Promise<boolean> {
    return this.#ask(device, () => encodeFrame('findDevice', 0, { address, device }), FIND_MS)
  }

  async #ask(device: string, question: () => Uint8Array, ms: number): Promise<boolean> {
    const bus = this.#parts.bus()
    if (bus === localBus) return false
    const answer = await bus.ask(device, question(), ms)
    return answer?.[0] === YES[0]
  }

  async #serve(question: Uint8Array): Promise<Uint8Array> {
    const { relay } = this.#parts.node()
    const frame = decodeFrame(question)
    if (frame.name === 'findDevice') return relay.isLinked(frame.body.address, frame.body.device) ? YES : NO
    if (frame.name !== 'relay') throw new ParleyError('not_supported', 'A process does not ask this.')
    const { sender, senderDevice, send } = frame.body
    const result = await relay.send({ address: sender, device: senderDevice }, send, 'process')
    return result === 'delivered' ? YES : NO
  }
}
