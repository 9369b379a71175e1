import { readFile } from 'node:fs/promises'
import { canMakeNamespace, inside, ip, isLeftover, labName, leftNamespaces, run } from './namespaces.ts'

/** Benchmarking network of RFC 2544; each lab has a /24 of its own. */
const NETWORK = '198.18'
/** Nearly a whole packet of 1,500 bytes: more than a question between nodes, less than most packets of an envelope. */
const LONG_BYTES = 1_200
const FIRST_HOST = 10
const KIND = 'fault'
/** `discard` (RFC 863), where nobody listens: the refusal is the kernel's, so it comes whatever runs on the machine. */
const PROBE_PORT = 9
/** A first packet is sent again after a second; who has not answered then was not asked, or was not heard. */
const PROBE_MS = 900
const PROBE = `
  const [host, port, ms] = process.argv.slice(1)
  const socket = require('node:net').connect(Number(port), host)
  const answer = (what) => { console.log(what); process.exit() }
  socket.on('connect', () => answer('yes')).on('error', ({ code }) => answer(code === 'ECONNREFUSED' ? 'yes' : 'no'))
  setTimeout(() => answer('no'), Number(ms))
`

/** Whether namespaces that can be cut from each other can be made here: needs root, iproute2 and iptables. */
export function canMakeFaultLab(): Promise<boolean> {
  return canMakeNamespace(KIND, '-A', 'INPUT', '-s', `${NETWORK}.0.1`, '-j', 'DROP')
}

/**
 * Machines on one network, each a network namespace, and this process beside them at `address`. `cut` and `heal` change who reaches
 * whom; packets are lost without a word. Ends with `close`, after everything that runs in it.
 */
export class FaultLab {
  readonly #base = labName(KIND)
  readonly #network = `${NETWORK}.${process.pid % 256}`
  readonly #names: string[] = []

  /** This process's own address on the network. */
  get address(): string {
    return `${this.#network}.1`
  }

  static async create(): Promise<FaultLab> {
    await removeLeftovers()
    const lab = new FaultLab()
    try {
      await lab.#add('wan')
      const wan = lab.#name('wan')
      await ip('-n', wan, 'link', 'add', 'bridge', 'type', 'bridge')
      await ip('-n', wan, 'link', 'set', 'bridge', 'up')
      const own = `pf${process.pid}`
      // It goes with the namespace that has its other end.
      await ip('link', 'add', own, 'type', 'veth', 'peer', 'name', 'to-runner', 'netns', wan)
      await ip('-n', wan, 'link', 'set', 'to-runner', 'master', 'bridge', 'up')
      await ip('addr', 'add', `${lab.address}/24`, 'dev', own)
      await ip('link', 'set', own, 'up')
    } catch (error) {
      await lab.close()
      throw error
    }
    return lab
  }

  /** Adds the next machine: its address, and what runs a program on it. */
  async host(index: number): Promise<{ address: string; prefix: readonly string[] }> {
    const host = `node${index}`
    await this.#add(host)
    const [wan, own, address] = [this.#name('wan'), this.#name(host), this.#address(index)]
    await ip('-n', wan, 'link', 'add', `to-${host}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own)
    await ip('-n', wan, 'link', 'set', `to-${host}`, 'master', 'bridge', 'up')
    await ip('-n', own, 'addr', 'add', `${address}/24`, 'dev', 'eth0')
    await ip('-n', own, 'link', 'set', 'eth0', 'up')
    return { address, prefix: ['ip', 'netns', 'exec', own] }
  }

  /** What `from` sends does not reach `to` any more. */
  async cut(from: number, to: number): Promise<void> {
    await inside(this.#host(to), 'iptables', '-A', 'INPUT', '-s', this.#address(from), '-j', 'DROP')
  }

  /** Two sides do not reach each other any more. */
  async part(side: readonly number[], rest: readonly number[]): Promise<void> {
    for (const one of side)
      for (const other of rest) {
        await this.cut(one, other)
        await this.cut(other, one)
      }
  }

  /** Of what `from` sends to `to` only short packets arrive: a question and its answer, but no envelope. */
  async loseLong(from: number, to: number): Promise<void> {
    const long = ['-m', 'length', '--length', `${LONG_BYTES}:65535`]
    await inside(this.#host(to), 'iptables', '-A', 'INPUT', '-s', this.#address(from), ...long, '-j', 'DROP')
  }

  /** Packets that cuts have kept from a machine since they were made. */
  async lost(host: number): Promise<number> {
    const { stdout } = await inside(this.#host(host), 'iptables', '-nvxL', 'INPUT')
    return [...stdout.matchAll(/^ *(\d+) +\d+ +DROP /gm)].reduce((sum, [, packets]) => sum + Number(packets), 0)
  }

  /** Unplugs a machine, or plugs it in again. */
  async plug(host: number, state: 'up' | 'down'): Promise<void> {
    await ip('-n', this.#host(host), 'link', 'set', 'eth0', state)
  }

  /** Ends every cut that a machine has. */
  async heal(host: number): Promise<void> {
    await inside(this.#host(host), 'iptables', '-F', 'INPUT')
    await this.plug(host, 'up')
  }

  /** Whether `to` answers what `from` sends, both ways needed: asked with a packet, from `from`'s own namespace. */
  async reaches(from: number, to: number): Promise<boolean> {
    const probe = [process.execPath, '-e', PROBE, this.#address(to), `${PROBE_PORT}`, `${PROBE_MS}`]
    return (await inside(this.#host(from), ...probe)).stdout.trim() === 'yes'
  }

  async close(): Promise<void> {
    for (const name of this.#names.splice(0).reverse()) await ip('netns', 'del', name).catch(() => {})
  }

  #address(index: number): string {
    return `${this.#network}.${FIRST_HOST + index}`
  }

  #host(index: number): string {
    return this.#name(`node${index}`)
  }

  #name(name: string): string {
    return `${this.#base}-${name}`
  }

  async #add(name: string): Promise<void> {
    await ip('netns', 'add', this.#name(name))
    this.#names.push(this.#name(name))
    await ip('-n', this.#name(name), 'link', 'set', 'lo', 'up')
  }
}

/** A disk of its own for one folder, of so many bytes; the folder must be empty. Answers what takes it away again. */
export async function mountSmallDisk(folder: string, bytes: number): Promise<() => Promise<void>> {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, `${labName(KIND)}-disk`, folder])
  return async () => void (await run('umount', ['-l', folder]))
}

/** What runs that were killed left behind: processes in their namespaces, the namespaces, and disks. */
async function removeLeftovers(): Promise<void> {
  for (const name of await leftNamespaces(KIND)) {
    const { stdout: pids } = await ip('netns', 'pids', name)
    for (const pid of pids.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL')
    await ip('netns', 'del', name).catch(() => {})
  }
  for (const line of (await readFile('/proc/mounts', 'utf8')).split('\n')) {
    const [device = '', folder = ''] = line.split(' ')
    if (isLeftover(KIND, device)) await run('umount', ['-l', folder])
  }
}
