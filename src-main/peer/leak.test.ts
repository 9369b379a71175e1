import { readdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { becomes, SignalNetwork, startPeer, type TestPeer } from './test-pair.ts'

const ROUNDS = 30

/** Open files and sockets, and threads, of a process. */
function handles(pid: number): { files: number; threads: number } {
  return { files: readdirSync(`/proc/${pid}/fd`).length, threads: readdirSync(`/proc/${pid}/task`).length }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function pidOf(peer: TestPeer): number {
  return peer.processes[0]?.pid ?? 0
}

async function round(alice: TestPeer, bob: TestPeer): Promise<void> {
  alice.peers.connect('bob')
  await Promise.all([becomes(alice, 'bob', true), becomes(bob, 'alice', true)])
  alice.peers.disconnect('bob')
  await Promise.all([becomes(alice, 'bob', false), becomes(bob, 'alice', false)])
}

test.runIf(process.platform === 'linux')(
  'closing frees sockets and threads, and stopping ends the processes',
  async () => {
    const network = new SignalNetwork()
    const addresses = { alice: '0x01', bob: '0x02' }
    const alice = await startPeer(network, 'alice', addresses)
    const bob = await startPeer(network, 'bob', addresses)
    const pids = [pidOf(alice), pidOf(bob)]
    await round(alice, bob)
    await wait(300)
    const before = pids.map(handles)
    const active = process.getActiveResourcesInfo().length
    for (let count = 0; count < ROUNDS; count++) await round(alice, bob)
    await wait(300)
    const after = pids.map(handles)
    for (const [index, { files, threads }] of after.entries()) {
      expect(files).toBeLessThanOrEqual((before[index]?.files ?? 0) + 2)
      expect(threads).toBeLessThanOrEqual((before[index]?.threads ?? 0) + 2)
    }
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(active + 2)
    await Promise.all([alice.peers.stop(), bob.peers.stop()])
    expect(pids.map(isAlive)).toEqual([false, false])
  },
  // A set-up in some takes 1 s by a lost DTLS hello.
  2 * ROUNDS * 1000,
)
