import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Secret, silentLog, systemClock } from '../base/index.ts'
import { acquireProfileLock, type MessageRow, openStore, type OutboxRow, type Store } from './index.ts'

const key = new Secret(randomBytes(32))
let dir: string
let file: string
let store: Store | undefined

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'parley-store-'))
  file = join(dir, 'parley.db')
})
afterEach(() => {
  store?.close()
  store = undefined
  rmSync(dir, { recursive: true })
})

function open(withKey = key): Store {
  store = openStore({ file, key: withKey, clock: systemClock, log: silentLog })
  return store
}
function close(): void {
  store?.close()
  store = undefined
}
const bob = `0x${'b'.repeat(64)}`
function message(n: number, change: Partial<MessageRow> = {}): MessageRow {
  return {
    ...{ id: n.toString(16).padStart(32, '0'), chat: bob, author: bob, outgoing: false, text: `message ${n}` },
    ...{
      clockTime: 1000 + n,
      clockCount: 0,
      sentAt: 1000 + n,
      receivedAt: 2000 + n,
      state: 'delivered',
      failure: undefined,
    },
    ...change,
  } as MessageRow
}
function delivery(n: number, change: Partial<OutboxRow> = {}): OutboxRow {
  return {
    ...{
      id: `o${n}`,
      kind: 'event',
      address: bob,
      device: '',
      envelope: new Uint8Array([n]),
      event: new Uint8Array([1]),
    },
    ...{
      messageId: `m${n}`,
      groupId: undefined,
      state: 'sending',
      attempts: 0,
      nextAttemptAt: 100 - n,
      createdAt: n,
      expiresAt: 9,
    },
    ...change,
  } as OutboxRow
}
const code = (value: string) => expect.objectContaining({ code: value })

test('what was written is there after closing and opening again, and the files are private', () => {
  const contact = {
    address: bob,
    name: 'Bob',
    theirName: undefined,
    note: 'hi',
    state: 'accepted',
    verified: true,
  } as const
  const rest = { addedAt: 5, requestState: undefined, certificate: new Uint8Array([1, 2]) }
  const group = {
    groupId: new Uint8Array([1]),
    chat: bob,
    creator: bob,
    generation: 4,
    state: new Uint8Array([2]),
    active: true,
    log: { id: new Uint8Array(32).fill(7), next: 3, last: new Uint8Array([5]) },
  } as const
  const update = { groupId: group.groupId, entry: new Uint8Array([8]), next: new Uint8Array([9]), failures: 2 }
  const times = { createdAt: 1, messagesSinceUpdate: 2, updatedAt: 3 }
  const keyPackage = {
    id: 'k',
    publicBytes: new Uint8Array([1]),
    privateBytes: new Uint8Array([2]),
    lastResort: true,
    createdAt: 1,
  }
  const amounts = { nanos: 2n ** 64n - 1n, burned: 1n, deposit: -5n, relay: 0n }
  const transfer = {
    digest: 'd',
    ...{ account: 3, kind: 'payment' as const, requestId: 'r', refusedAt: undefined },
    to: bob,
    ...amounts,
    bytes: new Uint8Array([3]),
    signature: new Uint8Array([4]),
    coins: ['0x1'],
  }
  let s = open()
  s.contacts.save({ ...contact, ...rest })
  s.groups.save({ ...group, ...times })
  s.groups.saveUpdate({ ...update, createdAt: 4 })
  s.keyPackages.add([keyPackage])
  s.transfers.add({ ...transfer, state: 'pending', failure: undefined, at: 1 })
  s.settings.set('a', { deep: [1] })
  s.outbox.add(delivery(1))
  s.messages.insert(message(1))
  s.seen.add('e', 10)
  close()
  s = open()
  expect(s.contacts.list()).toEqual([{ ...contact, ...rest }])
  expect(s.groups.active(bob)).toEqual({ ...group, ...times })
  expect(s.groups.update(group.groupId)).toEqual({ ...update, createdAt: 4 })
  expect(s.keyPackages.lastResort()).toEqual(keyPackage)
  expect(s.transfers.pending()).toEqual([{ ...transfer, state: 'pending', failure: undefined, at: 1 }])
  expect(s.settings.get('a')).toEqual({ deep: [1] })
  expect(s.outbox.get('o1')).toEqual(delivery(1))
  expect(s.messages.page(bob, 10)).toEqual([message(1)])
  expect([s.seen.has('e'), s.seen.prune(11), s.seen.has('e')]).toEqual([true, 1, false])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600)
})

test('a transaction that throws leaves nothing; a nested one joins it', () => {
  const s = open()
  const fail = () => {
    throw new Error('stop')
  }
  expect(() =>
    s.transaction(() => {
      s.messages.insert(message(1))
      s.transaction(() => s.outbox.add(delivery(1)))
      fail()
    }),
  ).toThrow('stop')
  expect([s.messages.get(message(1).id), s.outbox.count(), s.messages.unread(bob)]).toEqual([undefined, 0, 0])
  expect(() => s.transaction(async () => s.outbox.add(delivery(1)))).toThrow('promise')
})

test('a message id is taken once, and unread follows the read mark, which never moves back', () => {
  const s = open()
  expect(s.messages.insert(message(1))).toBe(true)
  expect(s.messages.insert(message(1, { text: 'other' }))).toBe(false)
  s.messages.insert(message(2))
  s.messages.insert(message(3, { outgoing: true }))
  expect(s.messages.unread(bob)).toBe(2)
  expect(s.messages.markRead(bob, message(2).id)).toBe(true)
  expect([s.messages.markRead(bob, message(1).id), s.messages.unread(bob)]).toEqual([false, 0])
  s.messages.insert(message(0))
  expect(s.messages.unread(bob)).toBe(0)
  s.messages.insert(message(9))
  expect([s.messages.unread(bob), s.messages.clock(bob)]).toEqual([1, { time: 1009, count: 0 }])
  s.messages.removeChat(bob)
  expect([s.messages.chats(), s.messages.clock(bob)]).toEqual([[], { time: 0, count: 0 }])
})

test('a message state moves forward only; failed comes from sending and stored and goes back by retry', () => {
  const { messages } = open()
  const id = message(1).id
  messages.insert(message(1, { outgoing: true, state: 'sending' }))
  expect(messages.outgoingUpTo(bob, id)).toEqual([id])
  expect([messages.setState(id, 'failed', 'expired'), messages.get(id)?.failure]).toEqual([true, 'expired'])
  expect([messages.setState(id, 'read'), messages.setState(id, 'sending'), messages.setState(id, 'delivered')]).toEqual(
    [false, true, true],
  )
  expect([messages.setState(id, 'stored'), messages.setState(id, 'failed'), messages.setState(id, 'read')]).toEqual([
    false,
    false,
    true,
  ])
  expect([messages.get(id)?.failure, messages.outgoingUpTo(bob, id)]).toEqual([undefined, []])
})

test('the outbox answers in the order of creation what is due, and keeps what an update does not name', () => {
  const { outbox } = open()
  for (const n of [1, 2, 3]) outbox.add(delivery(n))
  expect(() => outbox.add(delivery(1))).toThrow(code('conflict'))
  expect([outbox.nextAt(), outbox.due(98, 9).map(({ id }) => id)]).toEqual([97, ['o2', 'o3']])
  outbox.update('o1', { attempts: 4, groupId: new Uint8Array([7]) })
  expect(outbox.get('o1')).toEqual(delivery(1, { attempts: 4, groupId: new Uint8Array([7]) }))
  outbox.removeByMessage('m1')
  outbox.removeFor(bob)
  expect([outbox.count(), outbox.nextAt()]).toEqual([0, undefined])
})

test('only one group of a chat is active', () => {
  const { groups } = open()
  const group = (n: number) => ({
    groupId: new Uint8Array([n]),
    chat: bob,
    creator: bob,
    generation: 4,
    state: new Uint8Array([n]),
    active: true,
    log: undefined,
  })
  for (const n of [1, 2]) groups.save({ ...group(n), createdAt: n, messagesSinceUpdate: 0, updatedAt: 0 })
  expect(groups.list(bob).map(({ active }) => active)).toEqual([false, true])
  groups.setActive(bob, new Uint8Array([1]))
  expect(groups.active(bob)?.groupId).toEqual(new Uint8Array([1]))
})

test('a key update goes with its group, and stays when the group is saved', () => {
  const { groups } = open()
  const groupId = new Uint8Array([1])
  const times = { createdAt: 1, messagesSinceUpdate: 0, updatedAt: 0, log: undefined }
  const group = { groupId, chat: bob, creator: bob, generation: 0, state: new Uint8Array([1]), active: true, ...times }
  groups.save(group)
  groups.saveUpdate({ groupId, entry: groupId, next: groupId, createdAt: 1, failures: 0 })
  groups.saveUpdate({ groupId, entry: groupId, next: groupId, createdAt: 1, failures: 1 })
  groups.save({ ...group, messagesSinceUpdate: 1 })
  expect(groups.update(groupId)?.failures).toBe(1)
  groups.remove(groupId)
  expect(groups.update(groupId)).toBeUndefined()
})

test('search finds parts of words in any order and case, never FTS syntax, and nothing under three letters', () => {
  const { messages } = open()
  messages.insert(message(1, { text: 'Meet at the Königsplatz' }))
  messages.insert(message(2, { text: 'nothing "AND here*' }))
  const find = (query: string) => messages.search(query, undefined, 10).map(({ id }) => Number.parseInt(id, 16))
  expect([find('platz meet'), find('konig'), find('"and'), find('here* OR'), find('at')]).toEqual([
    [1],
    [1],
    [2],
    [2],
    [],
  ])
  messages.removeChat(bob)
  expect(find('meet')).toEqual([])
})

test('100,000 messages page in order, each once, and deep pages are as quick as the first', () => {
  const s = open()
  s.transaction(() => {
    for (let n = 0; n < 100_000; n++)
      s.messages.insert(message(n, { clockTime: Math.floor(n / 3), clockCount: n % 3, text: 'x' }))
  })
  expect(s.messages.unread(bob)).toBe(100_000)
  let before: string | undefined
  let seen = 0
  for (;;) {
    const page = s.messages.page(bob, 500, before)
    if (page.length === 0) break
    expect(Number.parseInt(page[0]?.id ?? '', 16)).toBe(99_999 - seen)
    seen += page.length
    before = page.at(-1)?.id
  }
  expect(seen).toBe(100_000)
  expect(() => s.messages.page(bob, 1, 'f'.repeat(32))).toThrow(code('not_found'))
})

test('a profile has one holder at a time', () => {
  const lock = acquireProfileLock(dir)
  expect(() => acquireProfileLock(dir)).toThrow(code('conflict'))
  lock.release()
  acquireProfileLock(dir).release()
})

test('a closed store is locked', () => {
  const s = open()
  close()
  expect(() => s.messages.get('x')).toThrow(code('locked'))
  expect(() => s.transaction(() => 1)).toThrow(code('locked'))
})

test('a part that throws and is caught undoes itself only; the rest of the transaction stays', () => {
  const s = open()
  s.transaction(() => {
    s.messages.insert(message(1))
    expect(() =>
      s.transaction(() => {
        s.messages.insert(message(2))
        s.settings.set('half', true)
        throw new Error('given up')
      }),
    ).toThrow('given up')
    s.messages.insert(message(3))
  })
  close()
  const again = open()
  expect(again.messages.page(bob, 9).map(({ text }) => text)).toEqual(['message 3', 'message 1'])
  expect([again.messages.unread(bob), again.settings.get('half')]).toEqual([2, undefined])
})
