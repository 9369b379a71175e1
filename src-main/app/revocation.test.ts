import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, startTestnet, TEST_PASSPHRASE, type Testnet } from '../testing/testnet.ts'

let net: Testnet
let bob: Person

beforeAll(async () => {
  net = await startTestnet()
  bob = await net.person('Bob')
})
afterAll(() => net.stop())

test('a lost device is revoked from a second one: it is cut off, and the conversation goes on without it', async () => {
  const lost = await net.person('Alice')
  await net.befriend(lost, bob)
  const { recoveryPhrase } = await lost.call('identity.revealPhrase', { passphrase: TEST_PASSPHRASE })
  const device = (await lost.call('identity.get', {})).deviceId
  const kept = await net.person('Alice', { phrase: recoveryPhrase })
  expect(kept.address).toBe(lost.address)
  const listed = async () =>
    (await kept.call('identity.devices', {})).devices.find(({ deviceId }) => deviceId === device)
  await expect.poll(listed).toMatchObject({ thisDevice: false, revoked: false })
  // The other one lets it into the conversation, as any new device of its user.
  const isIn = async () => (await kept.call('contacts.list', {})).contacts[0]?.state
  await expect.poll(isIn, { timeout: 20_000 }).toBe('accepted')

  const own = (await kept.call('identity.get', {})).deviceId
  await expect(
    kept.call('identity.revokeDevice', { deviceId: own, passphrase: TEST_PASSPHRASE }),
  ).rejects.toMatchObject({
    code: 'conflict',
  })
  await expect(kept.call('identity.revokeDevice', { deviceId: device, passphrase: 'not it' })).rejects.toMatchObject({
    code: 'wrong_passphrase',
  })
  expect(await listed()).toMatchObject({ revoked: false })
  await kept.call('identity.revokeDevice', { deviceId: device, passphrase: TEST_PASSPHRASE })
  expect(await listed()).toMatchObject({ revoked: true })

  const isOut = async () => (await lost.call('network.status', {})).links.every((link) => link.state !== 'connected')
  await expect.poll(isOut).toBe(true)
  await lost.call('chats.send', { chat: bob.address, text: 'from the thief' })

  const arrived = bob.next('message', (message) => message.text === 'it is me again', 20_000)
  await kept.call('chats.send', { chat: bob.address, text: 'it is me again' })
  await arrived
  const back = kept.next('message', (message) => message.text === 'good to hear', 20_000)
  await bob.call('chats.send', { chat: lost.address, text: 'good to hear' })
  await back
  const texts = (await bob.call('chats.history', { chat: lost.address })).messages.map((message) => message.text)
  expect(texts).not.toContain('from the thief')
}, 90_000)
