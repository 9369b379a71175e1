import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog, systemRandom, toHex } from '../../base/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { parseNodeAddress } from '../link/address.ts'
import { Connection } from '../link/connection.ts'
import { dial } from '../link/dial.ts'

const CHAIN = '0badcafe'
const MIB = 1024 * 1024
const MOST = 4 * MIB
const LINKS = 12
let net: TestNodes
beforeEach(async () => void (net = await startNodes(1, { ledger: fixedLedger(CHAIN), limits: { unreadBytes: MOST } })))
afterEach(() => net.stop())

async function link() {
  const { certificate, deviceKey } = testIdentity()
  const credentials = { role: 'device', certificate: certificate.signed, key: deviceKey } as const
  const node = parseNodeAddress(net.addresses[0] ?? '')
  return (await dial({ node, credentials, chain: CHAIN, random: systemRandom, log: silentLog })).connection
}

it('links that ask and do not read never make a node hold more than its bound together, and who reads is served', async () => {
  const reader = await link()
  const group = `0x${toHex(systemRandom.bytes(32))}`
  for (const epoch of [0, 1]) {
    const body = { group, epoch, entry: systemRandom.bytes(64 * 1024), founding: null }
    await reader.request('logAppend', body, 'logResult', 5_000)
  }
  const ask = { group, from: 0, limit: 2 }
  const deaf = await Promise.all(Array.from({ length: LINKS }, () => link()))
  let most = 0
  const watched = watchUnread((bytes) => (most = Math.max(most, bytes)))
  for (const each of deaf) each.pause()
  // 128 KiB for each: none alone comes to its own bound behind what the kernels hold.
  for (let round = 0; round < 60; round++) {
    for (const each of deaf) each.send('logRead', 0, ask)
    expect((await reader.request('logRead', ask, 'logEntries', 5_000)).entries).toHaveLength(2)
    watched.look()
    if ((net.nodes[0]?.status().counters.cutOff ?? 0) >= LINKS / 2) break
  }
  await waitFor(() => (net.nodes[0]?.status().counters.cutOff ?? 0) >= LINKS / 2, 10_000)
  // Beside the bound: what is negligible for each, and the newest page.
  expect(most).toBeGreaterThan(MOST / 4)
  expect(most).toBeLessThan(MOST + MIB)
  expect((await reader.request('logRead', ask, 'logEntries', 5_000)).entries).toHaveLength(2)
  watched.end()
  for (const each of [reader, ...deaf]) each.close()
}, 30_000)

/** What the node's links that are open have not read, seen from within. */
function watchUnread(told: (bytes: number) => void): { look: () => void; end: () => void } {
  const seen = new Set<Connection>()
  const send = Connection.prototype.send
  Connection.prototype.send = function (this: Connection, ...given: Parameters<typeof send>) {
    if (given[0] === 'logEntries') seen.add(this)
    return send.apply(this, given)
  } as typeof send
  const look = () => told([...seen].reduce((sum, each) => sum + (each.closed ? 0 : each.unread), 0))
  const timer = setInterval(look, 1)
  return { look, end: () => (clearInterval(timer), (Connection.prototype.send = send)) }
}
