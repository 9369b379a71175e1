import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventPayload } from '../contract/index.ts'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

const MB = 1_000_000
const WAIT_MS = 40_000
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

let net: Testnet
let people: Person[]
let room: string

/** Everybody sees everybody else as directly connected. */
async function untilMesh(members: Person[], roomId: string): Promise<void> {
  const open = async (person: Person) => {
    const { rooms } = await person.call('rooms.list', {})
    const found = rooms.find(({ id }) => id === roomId)
    return found?.members.filter(({ path }) => path === 'direct').length ?? 0
  }
  for (const person of members)
    await expect.poll(() => open(person), { timeout: WAIT_MS, interval: 100 }).toBe(members.length - 1)
}

describe('three people with a secret and the ledger, and no S2 node', () => {
  beforeAll(async () => {
    net = await startTestnet({ nodes: 0 })
    people = await Promise.all(['Alice', 'Bob', 'Carla'].map((name) => net.person(name, { funded: true })))
  })
  afterAll(() => net.stop())

  test('they join a room and form a mesh, for a few records each', async () => {
    const [alice, bob, carla] = people as [Person, Person, Person]
    const cost = await alice.call('rooms.cost', {})
    expect(cost).toMatchObject({ records: 2, allowed: true })
    const made = await alice.call('rooms.create', { title: 'Hut' })
    room = made.id
    const joined = await Promise.all([bob, carla].map((person) => person.call('rooms.join', { secret: made.link })))
    expect(joined.map(({ roomId }) => roomId)).toEqual([room, room])
    expect((await bob.call('rooms.list', {})).rooms).toMatchObject([{ id: room, title: 'Hut' }])
    await untilMesh(people, room)
    const spent = await Promise.all(people.map(async (person) => (await person.call('rooms.list', {})).rooms[0]?.spent))
    const records = spent.map((fee) => Number((fee?.burned ?? 0n) / cost.perRecord.burned))
    expect(Math.max(...records)).toBeLessThanOrEqual(5)
    expect(await alice.call('contacts.list', {})).toEqual({ contacts: [] })
  }, 120_000)

  test('what one says everybody hears once, with the name', async () => {
    for (const [index, author] of people.entries()) {
      const text = `hello from ${index}`
      const heard = people
        .filter((person) => person !== author)
        .map((person) => person.next('message', (message) => message.text === text, WAIT_MS))
      const delivered = author.next('message.state', ({ state }) => state === 'delivered', WAIT_MS)
      await author.call('chats.send', { chat: room, text })
      for (const message of await Promise.all(heard))
        expect(message).toMatchObject({ chat: room, author: author.address, authorName: author.name, outgoing: false })
      expect(await delivered).toMatchObject({ chat: room })
    }
    for (const person of people) {
      const { messages } = await person.call('chats.history', { chat: room })
      expect(messages.map(({ text }) => text).reverse()).toEqual([0, 1, 2].map((index) => `hello from ${index}`))
      expect((await person.call('chats.list', {})).chats).toMatchObject([{ id: room, kind: 'room', unread: 2 }])
      await person.call('chats.markRead', { chat: room, messageId: messages[0]?.id ?? '' })
      expect((await person.call('chats.list', {})).chats).toMatchObject([{ unread: 0 }])
    }
  }, 60_000)

  test('10 MB of binary data each way arrive whole', async () => {
    for (const sender of people) {
      const data = new Uint8Array(randomBytes(10 * MB))
      const others = people.filter((person) => person !== sender)
      const arrivals = others.map((person) => person.next('room.data', ({ from }) => from === sender.address, WAIT_MS))
      const sent = await sender.call('rooms.sendData', { roomId: room, data })
      expect(sent.members).toBe(2)
      const arrived: EventPayload<'room.data'>[] = await Promise.all(arrivals)
      for (const got of arrived) {
        expect(got).toMatchObject({ roomId: room, dataId: sent.dataId })
        expect(sha(got.data)).toBe(sha(data))
      }
    }
    const [alice, bob, carla] = people as [Person, Person, Person]
    const only = carla.next('room.data', () => true, WAIT_MS)
    const one = await alice.call('rooms.sendData', { roomId: room, to: carla.address, data: Uint8Array.of(1) })
    expect([one.members, (await only).data]).toEqual([1, Uint8Array.of(1)])
    const nobody = bob.call('rooms.sendData', { roomId: room, to: bob.address, data: Uint8Array.of(1) })
    await expect(nobody).rejects.toMatchObject({ code: 'offline' })
  }, 120_000)

  test('one drops and rejoins: what was said meanwhile arrives, once and in order', async () => {
    const [alice, bob, carla] = people as [Person, Person, Person]
    await bob.stop()
    for (const text of ['one', 'two', 'three']) await alice.call('chats.send', { chat: room, text })
    await bob.restart()
    await untilMesh([alice, bob, carla], room)
    const texts = async () =>
      (await bob.call('chats.history', { chat: room })).messages.map(({ text }) => text).reverse()
    await expect.poll(async () => (await texts()).slice(-3), { timeout: WAIT_MS }).toEqual(['one', 'two', 'three'])
    expect((await texts()).length).toBe(6)
    const heard = carla.next('message', ({ text }) => text === 'back again', WAIT_MS)
    await bob.call('chats.send', { chat: room, text: 'back again' })
    await heard
  }, 120_000)

  test('who leaves is gone for the others, and hears nothing more', async () => {
    const [alice, bob, carla] = people as [Person, Person, Person]
    await bob.call('rooms.leave', { roomId: room })
    expect((await bob.call('rooms.list', {})).rooms).toEqual([])
    await untilMesh([alice, carla], room)
    await alice.call('chats.send', { chat: room, text: 'without Bob' })
    await expect(bob.call('chats.history', { chat: room })).resolves.toEqual({ messages: [] })
  }, 60_000)
})
