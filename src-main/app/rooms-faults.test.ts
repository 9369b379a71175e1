import { expect, test } from 'vitest'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

const WAIT_MS = 40_000
const SECRET = 'three words we agreed on'

async function within(work: (net: Testnet) => Promise<void>): Promise<void> {
  const net = await startTestnet({ nodes: 0 })
  try {
    await work(net)
  } finally {
    await net.stop()
  }
}

function opened(person: Person): Promise<unknown> {
  return person.next('room', ({ room }) => room.state === 'open', WAIT_MS)
}

async function talk(from: Person, to: Person, room: string, text: string): Promise<void> {
  const arrived = to.next('message', (message) => message.text === text, WAIT_MS)
  await from.call('chats.send', { chat: room, text })
  expect(await arrived).toMatchObject({ chat: room, author: from.address })
}

test.each([60_000, -60_000])('clocks %i ms apart: they meet in the same room and talk', (clockOffsetMs) =>
  within(async (net) => {
    const [alice, bob] = await Promise.all([
      net.person('Alice', { funded: true }),
      net.person('Bob', { funded: true, clockOffsetMs }),
    ])
    const open = [opened(alice), opened(bob)]
    const { roomId } = await alice.call('rooms.join', { secret: SECRET })
    await bob.call('rooms.join', { secret: SECRET })
    await Promise.all(open)
    await talk(alice, bob, roomId, 'What time is it?')
    await talk(bob, alice, roomId, 'Time to talk')
  }),
)

test('the ledger is away while they join and comes back: they meet, and what was said before arrives', () =>
  within(async (net) => {
    const [alice, bob] = (await Promise.all(['Alice', 'Bob'].map((name) => net.person(name, { funded: true })))) as [
      Person,
      Person,
    ]
    const { roomId } = await alice.call('rooms.join', { secret: SECRET })
    await alice.call('chats.send', { chat: roomId, text: 'Is anybody here?' })
    const open = [opened(alice), opened(bob)]
    const heard = bob.next('message', ({ text }) => text === 'Is anybody here?', WAIT_MS)
    const back = net.restartLedger(2_000)
    await bob.call('rooms.join', { secret: `  ${SECRET.toUpperCase()} ` })
    await back
    await net.restartLedger(1_000)
    await Promise.all(open)
    await heard
    await talk(bob, alice, roomId, 'Here I am')
  }))

test('without consent nothing is paid; without tokens the room waits and says why', () =>
  within(async (net) => {
    const [alice, bob] = await Promise.all([net.person('Alice', { funded: true }), net.person('Bob')])
    await alice.call('settings.set', { ledgerSignalling: 'off' })
    await expect(alice.call('rooms.join', { secret: SECRET })).rejects.toMatchObject({ code: 'payment_required' })
    await expect(alice.call('rooms.create', {})).rejects.toMatchObject({ code: 'payment_required' })
    expect(await alice.call('rooms.cost', {})).toMatchObject({ records: 2, allowed: false })
    await alice.call('settings.set', { ledgerSignalling: 'on' })
    const waits = bob.next('room', ({ room }) => room.state === 'paused', WAIT_MS)
    const { roomId } = await bob.call('rooms.join', { secret: SECRET })
    expect((await waits).room).toMatchObject({ id: roomId, reason: 'insufficient_funds' })
    const open = opened(bob)
    await bob.call('wallet.faucet', {})
    await alice.call('rooms.join', { secret: SECRET })
    await open
    await alice.call('settings.set', { ledgerSignalling: 'off' })
    await talk(alice, bob, roomId, 'The connection is there already')
  }))

test('a blocked member is not heard and not connected, and a stranger cannot get in', () =>
  within(async (net) => {
    const [alice, bob, eve] = (await Promise.all(
      ['Alice', 'Bob', 'Eve'].map((name) => net.person(name, { funded: true })),
    )) as [Person, Person, Person]
    const open = [opened(alice), opened(bob)]
    const { roomId } = await alice.call('rooms.join', { secret: SECRET })
    await bob.call('rooms.join', { secret: SECRET })
    const other = await eve.call('rooms.join', { secret: `${SECRET}!` })
    expect(other.roomId).not.toBe(roomId)
    await Promise.all(open)
    await talk(alice, bob, roomId, 'Hello')
    const gone = alice.next('room', ({ room }) => room.members.length === 0, WAIT_MS)
    await alice.call('contacts.block', { address: bob.address })
    await gone
    await bob.call('chats.send', { chat: roomId, text: 'Why?' })
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    const texts = (await alice.call('chats.history', { chat: roomId })).messages.map(({ text }) => text)
    expect(texts).toEqual(['Hello'])
    expect((await alice.call('rooms.list', {})).rooms).toMatchObject([{ members: [] }])
    expect((await eve.call('rooms.list', {})).rooms).toMatchObject([{ members: [], state: 'joining' }])
  }))
