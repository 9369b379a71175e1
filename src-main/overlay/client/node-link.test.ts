import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { parseNodeAddress } from '../link/address.ts'
import { NodeLink } from './node-link.ts'

const BURST = 20
let net: TestNodes
let link: NodeLink
let downs: number
beforeEach(async () => {
  net = await startNodes(1, { ledger: fixedLedger(), limits: { frames: { perSecond: 0.5, burst: BURST } } })
  const { certificate, deviceKey } = testIdentity()
  downs = 0
  link = new NodeLink({
    node: parseNodeAddress(net.addresses[0] ?? ''),
    credentials: { role: 'device', certificate: certificate.signed, key: deviceKey },
    chain: '0badcafe',
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    onTime: () => {},
    onLinked: () => {},
    onFrame: () => {},
    onStatus: () => {},
    onLate: () => {},
    onDown: () => void downs++,
  })
  link.start()
  await waitFor(() => link.connection !== undefined)
})
afterEach(async () => {
  link.stop()
  await net.stop()
})

it('stays linked to a node that answers a ping with having been asked too much', async () => {
  const { connection } = link
  const asked = Array.from({ length: 2 * BURST }, () => link.request('ping', {}, 'pong'))
  expect((await Promise.allSettled(asked)).at(-1)).toMatchObject({ reason: { code: 'rate_limited' } })
  link.check()
  await expect(connection?.request('ping', {}, 'pong', 1_000)).rejects.toMatchObject({ code: 'rate_limited' })
  expect([link.connection, downs]).toEqual([connection, 0])
})
