import { createSocket, type Socket } from 'node:dgram'
import { type Clock, type Random, systemClock, systemRandom } from '../base/index.ts'

export interface UdpProxyOptions {
  /** One way, in ms. */
  delayMs?: number
  /** Share of packets dropped in each direction, 0 to 1. */
  loss?: number
  clock?: Clock
  random?: Random
}

export type Side = 'a' | 'b'

/**
 * A slow and lossy network between two UDP endpoints on 127.0.0.1: each side knows the other only by a port of the proxy.
 * For ICE, pass every candidate of a side through `rewrite` on its way to the other.
 */
export interface UdpProxy {
  /** The candidate of `side` as the other side shall see it: at the proxy's port. */
  rewrite(side: Side, candidate: string): string
  /** Packets let through and dropped so far. */
  readonly passed: number
  readonly dropped: number
  /** 1 cuts the line. */
  setLoss(loss: number): void
  close(): Promise<void>
}

const PORT_FIELD = 5
const BUFFER_BYTES = 8 * 1024 * 1024

export async function startUdpProxy(options: UdpProxyOptions = {}): Promise<UdpProxy> {
  const { delayMs = 0, clock = systemClock, random = systemRandom } = options
  let { loss = 0 } = options
  const sockets = { a: await bind(), b: await bind() }
  const ports: Partial<Record<Side, number>> = {}
  const count = { passed: 0, dropped: 0 }
  let closed = false

  /** What arrives at the socket that stands for `to` leaves from the socket that stands for the sender. */
  const forward = (to: Side, packet: Buffer) => {
    const port = ports[to]
    if (port === undefined || random.float() < loss) return count.dropped++
    clock.after(delayMs, () => {
      if (closed) return
      count.passed++
      sockets[to === 'a' ? 'b' : 'a'].send(packet, port, '127.0.0.1')
    })
  }
  for (const side of ['a', 'b'] as const) sockets[side].on('message', (packet) => forward(side, packet))

  return {
    rewrite: (side, candidate) => {
      const fields = candidate.split(' ')
      ports[side] = Number(fields[PORT_FIELD])
      fields[PORT_FIELD] = String(sockets[side].address().port)
      return fields.join(' ')
    },
    get passed() {
      return count.passed
    },
    get dropped() {
      return count.dropped
    },
    setLoss: (share) => {
      loss = share
    },
    close: async () => {
      closed = true
      await Promise.all(Object.values(sockets).map((socket) => new Promise<void>((resolve) => socket.close(resolve))))
    },
  }
}

async function bind(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES, sendBufferSize: BUFFER_BYTES })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return socket
}
