import { silentLog, systemClock, systemRandom } from '../base/index.ts'
import { createPeers } from './peers.ts'
import { spawnChildProcess } from './spawn.ts'
import type { PeerOptions, PeerProcess, Peers, Signalling } from './types.ts'

/** What happens to one signal on the way: each entry is a copy and its delay in ms; none means lost. */
export type Fate = (bytes: Uint8Array, from: string) => { bytes: Uint8Array; delayMs: number }[]
const atOnce: Fate = (bytes) => [{ bytes, delayMs: 0 }]

/** Signalling in memory between devices, for tests. */
export class SignalNetwork {
  readonly #listeners = new Map<string, (device: string, bytes: Uint8Array) => void>()
  fate: Fate = atOnce
  sent = 0
  /** Every signal costs money. */
  whole = false
  /** Nothing can be sent. */
  broken = false

  endpoint(own: string): Signalling {
    return {
      whole: () => this.whole,
      send: async (device, bytes) => {
        if (this.broken) throw new Error('broken')
        this.sent++
        for (const copy of this.fate(bytes, own))
          systemClock.after(copy.delayMs, () => this.#listeners.get(device)?.(own, copy.bytes))
      },
      on: (listener) => {
        this.#listeners.set(own, listener)
        return () => this.#listeners.delete(own)
      },
    }
  }

  inject(from: string, to: string, bytes: Uint8Array): void {
    this.#listeners.get(to)?.(from, bytes)
  }
}

export interface TestPeer {
  device: string
  peers: Peers
  /** Every process that was started, the living one last. */
  processes: PeerProcess[]
}

/** A label that no test peer wants. */
export const UNWANTED = 0xff

export const loopback: PeerOptions = { iceServers: [], direct: true, bindAddress: '127.0.0.1' }

/** Started peers on loopback with real processes; `addresses` by device. */
export async function startPeer(
  network: SignalNetwork,
  device: string,
  addresses: Record<string, string>,
  options: PeerOptions = loopback,
): Promise<TestPeer> {
  const processes: PeerProcess[] = []
  const spawn = spawnChildProcess()
  const peers = createPeers({
    deviceId: device,
    addressOf: (id) => addresses[id],
    signalling: network.endpoint(device),
    wantsData: (_, label) => label[0] !== UNWANTED,
    spawn: () => {
      const child = spawn()
      processes.push(child)
      return child
    },
    options,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  })
  await peers.start()
  return { device, peers, processes }
}

/** Resolves when `device` is open (or closed) at this side; rejects after `ms`. */
export function becomes({ peers }: TestPeer, device: string, open: boolean, ms = 15_000): Promise<void> {
  if (peers.isOpen(device) === open) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const off = peers.on('path', (path) => {
      if (path.device === device && path.open === open) finish(resolve)
    })
    const cancel = systemClock.after(ms, () =>
      finish(() => reject(new Error(`not ${open ? 'open' : 'closed'} in time`))),
    )
    const finish = (settle: () => void) => {
      off()
      cancel()
      settle()
    }
  })
}
