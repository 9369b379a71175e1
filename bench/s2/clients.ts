import { backoff, systemRandom } from '../../src-main/base/index.ts'
import { signAllowed } from '../../src-main/overlay/mailbox/allow-list.ts'
import { buildPresence } from '../../src-main/overlay/presence/packet.ts'
import { RECONNECT_FIRST_MS, RECONNECT_MOST_MS } from '../../src-main/overlay/constants.ts'
import type { OverlayIdentity } from '../../src-main/overlay/index.ts'
import { testIdentity } from '../../src-main/testing/testnet-nodes.ts'
import {
  decodeFrame,
  encode,
  encodeFrame,
  Envelope,
  linkFrames,
  MAX_ENVELOPE_BYTES,
} from '../../src-main/wire/index.ts'
import { ask, CHAIN, LeanClient, openLink } from './lean-client.ts'

/** The clients of bench/s2.ts: one process, driven by messages, one answer to each. */
export type Order =
  | { do: 'open'; port: number; count: number; bare: boolean }
  | { do: 'announce' }
  | { do: 'allow'; pairs: number }
  | { do: 'relay'; pairs: number; size: number; window: number; ms: number; bare: boolean }
  | { do: 'lookup'; clients: number; ms: number }
  | { do: 'storm'; port: number }
  | { do: 'close' }

interface Client {
  identity: OverlayIdentity
  link: LeanClient
  /** Where a bare relay has it. */
  number: number
}

const HEAD = 5
const ID_AT = HEAD + 32 + 32 + 4 + 1
const AT_ONCE = 40
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
let clients: Client[] = []

/** Each 50 clients have an address of their own, in networks (/24) of their own. */
const localAddress = (index: number) =>
  `127.${1 + Math.floor(index / 50 / 200)}.${1 + (Math.floor(index / 50) % 200)}.1`

async function open(port: number, count: number, bare: boolean): Promise<void> {
  const first = clients.length
  for (let start = first; start < first + count; start += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, first + count - start) }, (_, at) => start + at)
    clients.push(...(await Promise.all(some.map((index) => openOne(port, index, bare)))))
    // The node lets in 500 a second.
    if (!bare) await later(AT_ONCE * 2.2)
  }
}

async function openOne(port: number, index: number, bare: boolean, identity = testIdentity()): Promise<Client> {
  if (!bare) return { identity, link: await openLink(port, localAddress(index), identity), number: 0 }
  const link = await LeanClient.open(port, localAddress(index))
  const number = await new Promise<Buffer>((resolve) => (link.onMessage = resolve))
  return { identity, link, number: number.readUInt32LE(0) }
}

async function announce(): Promise<void> {
  for (const { identity, link } of clients) {
    const fields = { issuedAt: Date.now(), ttl: 300_000, sequence: '1', homeNodes: [], endpoints: [], capabilities: 0 }
    const packet = buildPresence(identity.deviceKey, CHAIN, {
      ...fields,
      certificate: identity.certificate.signed,
      goodbye: false,
    })
    const { name } = await ask(link, encodeFrame('putPresence', 1, { packet }))
    if (name !== 'ok') throw new Error(`a presence was answered with ${name}`)
  }
}

/** Receiver i, who stands behind the senders, lets sender i write. */
async function allow(pairs: number): Promise<void> {
  for (let index = 0; index < pairs; index++) {
    const addresses = [(clients[index] as Client).identity.certificate.addressText]
    const { identity, link } = clients[pairs + index] as Client
    const list = { address: identity.certificate.addressText, version: 1, senders: addresses }
    const signature = signAllowed(identity.deviceKey, list)
    const { name } = await ask(link, encodeFrame('setAllowed', 1, { version: 1, addresses, signature }))
    if (name !== 'ok') throw new Error(`an allow list was answered with ${name}`)
  }
}

interface Load {
  sent: number
  done: number
  running: boolean
}

function relayOurs(load: Load, from: Client, to: Client, size: number, window: number): void {
  const { address, device } = {
    address: to.identity.certificate.addressText,
    device: to.identity.certificate.deviceId,
  }
  const message = new Uint8Array(size)
  const body = { Group: { groupId: new Uint8Array(32), message } }
  const id = new Uint8Array(16)
  const value = { V1: { id, from: from.identity.certificate.devicePublicKey, sentAt: Date.now(), body } }
  // What the application sends is `size` bytes in all.
  const overhead = encode(Envelope, value, MAX_ENVELOPE_BYTES).length - size
  body.Group.message = new Uint8Array(size - overhead)
  const envelope = encode(Envelope, value, MAX_ENVELOPE_BYTES)
  const frame = Buffer.from(
    encodeFrame('send', 7, { address, device, ttl: 60_000, urgency: { message: true } as never, envelope }),
  )
  const idAt = frame.indexOf(Buffer.from(envelope.subarray(0, 17)), ID_AT) + 1
  const next = () => {
    const bytes = Buffer.from(frame)
    // Another id for each, as the node answers a repeat without delivering it.
    bytes.writeDoubleLE(performance.now(), idAt)
    bytes.writeUInt32LE(load.sent++, idAt + 8)
    from.link.send(bytes)
  }
  from.link.onMessage = (bytes) => {
    if (bytes[0] !== linkFrames.sendResult.type)
      throw new Error(`a send was answered with ${JSON.stringify(decodeFrame(bytes))}`)
    load.done++
    if (load.running) next()
  }
  to.link.onMessage = (bytes) => {
    const lengthBytes = bytes.length - HEAD > 16_386 ? 3 : bytes.length - HEAD > 129 ? 2 : 1
    const accept = Buffer.allocUnsafe(HEAD + 16)
    accept[0] = linkFrames.accept.type
    bytes.copy(accept, 1, 1, HEAD)
    bytes.copy(accept, HEAD, HEAD + lengthBytes + 1, HEAD + lengthBytes + 17)
    to.link.send(accept)
  }
  for (let sent = 0; sent < window; sent++) next()
}

function relayBare(load: Load, from: Client, to: Client, size: number, window: number): void {
  const message = Buffer.alloc(size)
  message.writeUInt32LE(to.number)
  const next = () => {
    load.sent++
    from.link.send(message)
  }
  to.link.onMessage = () => {
    load.done++
    if (load.running) next()
  }
  for (let sent = 0; sent < window; sent++) next()
}

async function relay({ pairs, size, window, ms, bare }: Extract<Order, { do: 'relay' }>): Promise<object> {
  const load = { sent: 0, done: 0, running: true }
  const start = performance.now()
  for (let index = 0; index < pairs; index++) {
    const [from, to] = [clients[index], clients[pairs + index]] as [Client, Client]
    if (bare) relayBare(load, from, to, size, window)
    else relayOurs(load, from, to, size, window)
  }
  await later(ms)
  const { done } = load
  const seconds = (performance.now() - start) / 1000
  load.running = false
  while (load.done < load.sent) await later(20)
  return { done, seconds }
}

/** Each asks for the presence of another, one question at a time. */
async function lookup(count: number, ms: number): Promise<object> {
  const times: number[] = []
  let running = true
  const start = performance.now()
  for (let index = 0; index < count; index++) {
    const { link } = clients[index] as Client
    let at = index
    let asked = 0
    const next = () => {
      at = (at + 37) % clients.length
      asked = performance.now()
      const { addressText: address } = (clients[at] as Client).identity.certificate
      link.send(encodeFrame('getPresence', 1, { address }))
    }
    link.onMessage = (bytes) => {
      if (bytes[0] !== linkFrames.presence.type || bytes.length < 200) throw new Error('a lookup found nothing')
      times.push(performance.now() - asked)
      if (running) next()
    }
    next()
  }
  await later(ms)
  const seconds = (performance.now() - start) / 1000
  running = false
  times.sort((a, b) => a - b)
  return { done: times.length, seconds, p50: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)] }
}

/** All are cut off at once and come back as the product's client does: with back-off and jitter. */
async function storm(port: number): Promise<object> {
  for (const { link } of clients) link.close()
  const start = performance.now()
  let tries = 0
  const back = async (index: number, identity: OverlayIdentity): Promise<Client> => {
    for (let attempt = 0; ; attempt++) {
      await later(backoff(attempt, RECONNECT_FIRST_MS, RECONNECT_MOST_MS, systemRandom))
      tries++
      try {
        return await openOne(port, index, false, identity)
      } catch {
        if (performance.now() - start > 300_000) throw new Error('a client never came back')
      }
    }
  }
  clients = await Promise.all(clients.map(({ identity }, index) => back(index, identity)))
  return { seconds: (performance.now() - start) / 1000, tries }
}

async function obey(order: Order): Promise<object> {
  if (order.do === 'open') await open(order.port, order.count, order.bare)
  if (order.do === 'announce') await announce()
  if (order.do === 'allow') await allow(order.pairs)
  if (order.do === 'relay') return relay(order)
  if (order.do === 'lookup') return lookup(order.clients, order.ms)
  if (order.do === 'storm') return storm(order.port)
  if (order.do === 'close') for (const { link } of clients.splice(0)) link.close()
  return {}
}

process.on('disconnect', () => process.exit(0))
process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.send?.({})
