import type { FaultNet, FaultNode } from './fault-net.ts'
import { areApart, areTogether, isClockOff, saysFull } from './fault-sights.ts'

/** How many faults of each kind there were: those that were seen to take effect, by the system, a probe, or the node's own word. */
export interface FaultCounts {
  kills: number
  partitions: number
  fullDisks: number
  wrongClocks: number
}

const FIRST_MS = 1_000

type Heal = () => Promise<void>

/** Brings faults of several kinds at once, at random moments, until told to end; `stop` heals all. */
export class FaultPlan {
  readonly counts: FaultCounts = { kills: 0, partitions: 0, fullDisks: 0, wrongClocks: 0 }
  /** Faults without effect, in words. */
  readonly idle: string[] = []
  readonly #net: FaultNet
  readonly #random: () => number
  readonly #onFault: (what: string) => void
  readonly #ending = new AbortController()
  /** Not to be killed before it has said that its disk is full. */
  #spared: FaultNode | undefined
  #loops: Promise<void>[] = []

  constructor(net: FaultNet, random: () => number, onFault: (what: string) => void = () => {}) {
    this.#net = net
    this.#random = random
    this.#onFault = onFault
  }

  /** Looks at the clock that is wrong all the time. */
  async seeClock(): Promise<void> {
    this.#count('wrongClocks', await isClockOff(this.#net), 'the clock of a node is not as wrong as it was set')
  }

  start(): void {
    this.#loops = [this.#repeat([2_000, 5_000], () => this.#kill())]
    if (this.#net.lab) this.#loops.push(this.#repeat([2_000, 6_000], () => this.#partition()))
    if (this.#net.disk) this.#loops.push(this.#repeat([5_000, 10_000], () => this.#fillDisk()))
    // Thrown by `stop`; until then nobody waits for it.
    for (const loop of this.#loops) loop.catch(() => {})
  }

  /** Ends all that goes on; resolves when every node is up and reaches every other. Throws what kept a fault from ending. */
  async stop(): Promise<void> {
    this.#ending.abort()
    await Promise.all(this.#loops)
  }

  /** The first time within a second, so that each kind is seen in a short run. */
  async #repeat([leastMs, mostMs]: readonly [number, number], fault: () => Promise<void>): Promise<void> {
    await this.#later(0, FIRST_MS)
    while (!this.#ending.signal.aborted) {
      await fault()
      await this.#later(leastMs, mostMs)
    }
  }

  #count(kind: keyof FaultCounts, isSeen: boolean, otherwise: string): void {
    if (isSeen) this.counts[kind]++
    else this.idle.push(otherwise)
  }

  async #kill(): Promise<void> {
    const node = this.#pick(this.#spared)
    this.#onFault(`node ${node.index} is killed`)
    const wasRunning = node.isRunning()
    await node.kill()
    const otherwise = wasRunning ? 'was killed and runs' : 'had ended by itself before it was killed'
    this.#count('kills', wasRunning && !node.isRunning(), `node ${node.index} ${otherwise}`)
    await this.#later(100, 4_000)
    // A full disk must not keep it down for longer than it is full.
    await node.start()
    this.#onFault(`node ${node.index} is back`)
  }

  async #partition(): Promise<void> {
    const [one, other] = this.#two()
    const heal = await this.#divide(one, other)
    const words = `nodes ${one.index} and ${other.index} were parted and reached each other`
    this.#count('partitions', await areApart(this.#net, one, other), words)
    await this.#later(2_000, 12_000)
    await heal()
    if (!(await areTogether(this.#net, one, other))) throw new Error('what was parted is not together again')
    this.#onFault('the network is whole')
  }

  /** Parts these two from each other, and with them one from all, or each half from the other. */
  async #divide(node: FaultNode, other: FaultNode): Promise<Heal> {
    const { lab, nodes } = this.#net
    if (!lab) return async () => {}
    const kind = Math.floor(this.#random() * 4)
    const side = nodes.filter((each) => each === node || (each !== other && this.#random() < 0.5))
    const others = nodes.filter((each) => each !== node)
    const healAll = async () => {
      for (const { index } of nodes) await lab.heal(index)
    }
    if (kind === 0) {
      this.#onFault(`node ${node.index} is unplugged`)
      await lab.plug(node.index, 'down')
    } else if (kind === 1) {
      this.#onFault(`node ${node.index} hears no other node, and is heard`)
      for (const each of others) await lab.cut(each.index, node.index)
    } else if (kind === 2) {
      this.#onFault(`node ${node.index} and the other nodes do not reach each other`)
      await lab.part([node.index], indexes(others))
    } else {
      this.#onFault(`nodes ${indexes(side).join(' ')} and the others do not reach each other`)
      await lab.part(indexes(side), indexes(nodes.filter((each) => !side.includes(each))))
    }
    return healAll
  }

  async #fillDisk(): Promise<void> {
    const { disk, nodes } = this.#net
    const node = disk && nodes[disk.node]
    if (!node) return
    this.#spared = node
    // One that starts on a full disk cannot say so.
    while (!node.isUp && !this.#ending.signal.aborted) await this.#later(100, 100)
    if (!node.isUp) return
    this.#onFault(`the disk of node ${disk.node} is full`)
    await disk.fill()
    this.#count('fullDisks', await saysFull(node), `the disk of node ${disk.node} was filled, and it did not say so`)
    this.#spared = undefined
    await this.#later(4_000, 12_000)
    await disk.free()
    this.#onFault(`the disk of node ${disk.node} has room again`)
  }

  #pick(but?: FaultNode): FaultNode {
    const nodes = this.#net.nodes.filter((node) => node !== but)
    return nodes[Math.floor(this.#random() * nodes.length)] as FaultNode
  }

  #two(): [FaultNode, FaultNode] {
    const one = this.#pick()
    return [one, this.#pick(one)]
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

function indexes(nodes: readonly FaultNode[]): number[] {
  return nodes.map(({ index }) => index)
}
