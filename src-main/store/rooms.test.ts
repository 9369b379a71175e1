import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Secret, silentLog, systemClock } from '../base/index.ts'
import { openStore, type RoomMemberRow, type RoomRow } from './index.ts'

test('rooms and their members are there again after a restart, with every NANO that was spent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-rooms-'))
  const key = new Secret(new Uint8Array(32).fill(3))
  const open = () => openStore({ file: join(folder, 'x.db'), key, clock: systemClock, log: silentLog })
  const room: RoomRow = {
    ...{ id: `0x${'1'.repeat(64)}`, root: new Uint8Array(32).fill(1), secret: 'a secret', title: 'Hut', joinedAt: 5 },
    spent: { burned: 2n ** 70n, deposit: -3n, relay: 0n },
  }
  const member: RoomMemberRow = {
    ...{ room: room.id, device: 'd', address: `0x${'2'.repeat(64)}`, name: 'Bob', ticket: Uint8Array.of(1, 2) },
    ...{ gone: false, seenAt: 7 },
  }
  const before = open()
  before.rooms.save(room)
  before.rooms.saveMember(member)
  before.rooms.save({ ...room, title: 'Cabin' })
  before.close()
  const store = open()
  expect(store.rooms.list()).toEqual([{ ...room, title: 'Cabin' }])
  expect(store.rooms.members(room.id)).toEqual([member])
  store.rooms.saveMember({ ...member, device: 'e', seenAt: 9, gone: true })
  expect(store.rooms.members(room.id).map(({ device }) => device)).toEqual(['e', 'd'])
  store.rooms.remove(room.id)
  expect([store.rooms.list(), store.rooms.members(room.id)]).toEqual([[], []])
  store.close()
  rmSync(folder, { recursive: true })
})
