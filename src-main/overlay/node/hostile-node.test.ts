import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedLedger, startNodes, testIdentity, type TestNodes } from '../../testing/testnet-nodes.ts'
import type { Connection } from '../link/connection.ts'
import { buildPresence } from '../presence/packet.ts'
import { dialAs, dialAsNode } from '../test-device.ts'
import type { OverlayIdentity } from '../types.ts'

const CHAIN = '0badcafe'
let net: TestNodes
let folder: string
const open: Connection[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-hostile-node-'))
  const limits = { presences: { perSecond: 0.001, burst: 20 } }
  net = await startNodes(2, { ledger: fixedLedger(CHAIN), limits, dataDir: (index) => join(folder, `${index}`) })
})
afterEach(async () => {
  for (const connection of open.splice(0)) connection.close()
  await net.stop()
  await rm(folder, { recursive: true, force: true })
})

function presence({ certificate, deviceKey }: OverlayIdentity): { packet: Uint8Array } {
  const fields = { issuedAt: Date.now(), ttl: 60_000, sequence: '1', homeNodes: [], endpoints: [], capabilities: 0 }
  return { packet: buildPresence(deviceKey, CHAIN, { certificate: certificate.signed, ...fields, goodbye: false }) }
}

describe('another node', () => {
  it('that tells presence without end is told to wait, and devices that link here are not', async () => {
    const [first = '', second = ''] = net.addresses
    const hostile = await dialAsNode(join(folder, '1'), second, first)
    open.push(hostile)
    const put = () => hostile.request('putPresence', presence(testIdentity()), 'ok', 2_000)
    const results = await Promise.allSettled(Array.from({ length: 30 }, put))
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused).toHaveLength(10)
    expect(refused[0]?.reason).toMatchObject({ code: 'rate_limited' })
    const honest = testIdentity()
    const link = await dialAs(honest, first)
    open.push(link)
    await link.request('putPresence', presence(honest), 'ok', 2_000)
    expect(net.nodes[0]?.status().presences).toBe(21)
  })
})
