import { expect, it } from 'vitest'
import { silentLog } from '../../base/index.ts'
import { IceServers, type IceServersParts } from './ice.ts'
import type { NodeLink } from './node-link.ts'

const HOUR = 3_600_000

it('credentials that ran out while the machine slept are asked for again with the next link', async () => {
  // Neither timers nor the steady clock go on in sleep.
  let now = 10 * HOUR
  const due: (() => void)[] = []
  const clock = { now: () => now, steady: () => 0, after: (_: number, task: () => void) => (due.push(task), () => {}) }
  let asked = 0
  const servers = [{ url: 'turn:192.0.2.1:3478', credential: { username: 'a', password: 'b' } }]
  const request = () => Promise.resolve({ servers, lifetime: HOUR / 1_000, asked: ++asked })
  const nodes = ['a', 'b'].map((fingerprint) => ({ node: { fingerprint }, request }) as unknown as NodeLink)
  const links = { connectedHomes: () => nodes, own: () => nodes } as unknown as IceServersParts['links']
  const ice = new IceServers({ links, clock, log: silentLog, onChange: () => {} })
  const link = async () => {
    due.length = 0
    for (const node of nodes) ice.linked(node)
    due.at(-1)?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await link()
  await link()
  expect(asked).toBe(2)
  now += HOUR
  await link()
  expect(asked).toBe(4)
  ice.stop()
})
