import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { SecretText } from '../../base/index.ts'
import { ALLOWANCE, DEPOSIT, FeeNet, send } from './test-fee-net.ts'
import type { TestPayer } from './test-payer.ts'

const URL = 'turn:192.0.2.1:3478'

let net: FeeNet
beforeAll(async () => void (net = await FeeNet.start()))
afterAll(() => net.local.stop())
afterEach(() => net.end())

/** What a device is named for direct paths. */
async function namedTo(payer: TestPayer): Promise<string[]> {
  const [node] = payer.overlay.nodes()
  const { servers } = (await node?.request('getIceServers', {}, 'iceServers')) ?? { servers: [] }
  return servers.map(({ url }) => url.split(':')[0] ?? '')
}

test('a node with prices gives TURN credentials to those who have an allowance or a credit left, and STUN to all', async () => {
  const turn = { urls: [URL], secret: new SecretText('a secret of the tests') }
  await net.begin({}, undefined, undefined, { stun: { host: '127.0.0.1', port: 0 }, turn })
  const { alice, bob } = await net.pair()
  expect(await namedTo(alice)).toEqual(['stun', 'turn'])
  // All of the allowance, head and body.
  const head = alice.envelope(1_000).length - 1_000
  await send(alice, bob, alice.envelope(ALLOWANCE - head))
  await expect(send(alice, bob, alice.envelope(1))).rejects.toMatchObject({ code: 'payment_required' })
  expect(await namedTo(alice)).toEqual(['stun'])
  expect(await namedTo(bob)).toEqual(['stun', 'turn'])
  await alice.deposit(net.node.nodeId, DEPOSIT)
  await send(alice, bob, alice.envelope(1))
  expect(await namedTo(alice)).toEqual(['stun', 'turn'])
})
