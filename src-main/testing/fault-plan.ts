import type { FaultNet, FaultNode } from './fault-net.ts'

/** How many faults of each kind there were. */
export interface FaultCounts {
  kills: number
  partitions: number
  fullDisks: number
}

type Heal = () => Promise<void>

/** Brings faults of several kinds at once, at random moments, until told to end; `stop` heals all. */
export class FaultPlan {
  readonly counts: FaultCounts = { kills: 0, partitions: 0, fullDisks: 0 }
  readonly #net: FaultNet
  readonly #random: () => number
  readonly #onFault: (what: string) => void
  readonly #ending = new AbortController()
  #loops: Promise<void>[] = []

  constructor(net: FaultNet, random: () => number, onFault: (what: string) => void = () => {}) {
    this.#net = net
    this.#random = random
    this.#onFault = onFault
  }

  start(): void {
    this.#loops = [this.#repeat(2_000, 5_000, () => this.#kill())]
    if (this.#net.lab) this.#loops.push(this.#repeat(2_000, 6_000, () => this.#partition()))
    if (this.#net.disk) this.#loops.push(this.#repeat(5_000, 10_000, () => this.#fillDisk()))
    // Thrown by `stop`; until then nobody waits for it.
    for (const loop of this.#loops) loop.catch(() => {})
  }

  /** Ends all that goes on; resolves when every node is up and reaches every other. Throws what kept a fault from ending. */
  async stop(): Promise<void> {
    this.#ending.abort()
    await Promise.all(this.#loops)
  }

  async #repeat(leastMs: number, mostMs: number, fault: () => Promise<void>): Promise<void> {
    while (!this.#ending.signal.aborted) {
      await this.#later(leastMs, mostMs)
      if (!this.#ending.signal.aborted) await fault()
    }
  }

  async #kill(): Promise<void> {
    const node = this.#pick()
    this.#onFault(`node ${node.index} is killed`)
    this.counts.kills++
    await node.kill()
    await this.#later(100, 4_000)
    // A full disk must not keep it down for longer than it is full.
    await node.start()
    this.#onFault(`node ${node.index} is back`)
  }

  async #partition(): Promise<void> {
    this.counts.partitions++
    const heal = await this.#divide()
    await this.#later(2_000, 12_000)
    await heal()
    this.#onFault('the network is whole')
  }

  async #divide(): Promise<Heal> {
    const { lab, nodes } = this.#net
    if (!lab) return async () => {}
    const node = this.#pick()
    const kind = Math.floor(this.#random() * 4)
    const side = nodes.filter(() => this.#random() < 0.5)
    const others = nodes.filter((other) => other !== node)
    const healAll = async () => {
      for (const { index } of nodes) await lab.heal(index)
    }
    if (kind === 0) {
      this.#onFault(`node ${node.index} is unplugged`)
      await lab.plug(node.index, 'down')
    } else if (kind === 1) {
      this.#onFault(`node ${node.index} hears no other node, and is heard`)
      for (const other of others) await lab.cut(other.index, node.index)
    } else if (kind === 2) {
      this.#onFault(`node ${node.index} and the other nodes do not reach each other`)
      await this.#cutBetween([node], others)
    } else {
      this.#onFault(`nodes ${side.map(({ index }) => index).join(' ')} and the others do not reach each other`)
      const rest = nodes.filter((other) => !side.includes(other))
      await this.#cutBetween(side, rest)
    }
    return healAll
  }

  async #cutBetween(side: readonly FaultNode[], rest: readonly FaultNode[]): Promise<void> {
    for (const one of side)
      for (const other of rest) {
        await this.#net.lab?.cut(one.index, other.index)
        await this.#net.lab?.cut(other.index, one.index)
      }
  }

  async #fillDisk(): Promise<void> {
    const { disk } = this.#net
    if (!disk) return
    this.#onFault(`the disk of node ${disk.node} is full`)
    this.counts.fullDisks++
    await disk.fill()
    await this.#later(4_000, 12_000)
    await disk.free()
    this.#onFault(`the disk of node ${disk.node} has room again`)
  }

  #pick(): FaultNode {
    const { nodes } = this.#net
    return nodes[Math.floor(this.#random() * nodes.length)] as FaultNode
  }

  #later(leastMs: number, mostMs: number): Promise<void> {
    const { signal } = this.#ending
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, leastMs + this.#random() * (mostMs - leastMs))
      signal.addEventListener('abort', done)
    })
  }
}
