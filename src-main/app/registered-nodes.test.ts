import { afterEach, beforeEach, expect, it } from 'vitest'
import { startTestnet, type Testnet } from '../testing/testnet.ts'

let net: Testnet
beforeEach(async () => void (net = await startTestnet({ nodes: 4, registered: true })))
afterEach(() => net.stop())

it('who is given one node by hand finds the registered ones by it, and writes to somebody given another', async () => {
  const [first = '', second = ''] = net.nodes.addresses
  const alice = await net.person('Alice', { nodes: [first] })
  const bob = await net.person('Bob', { nodes: [second] })
  const linked = async () => {
    const { links } = await alice.call('network.status', {})
    return links.filter(({ state }) => state === 'connected').length
  }
  await expect.poll(linked, { timeout: 10_000 }).toBeGreaterThanOrEqual(3)
  await net.befriend(alice, bob)
  const arrived = bob.next('message', (message) => message.text === 'by the registry')
  await alice.call('chats.send', { chat: bob.address, text: 'by the registry' })
  await arrived
}, 30_000)
