import type { Database } from './database.ts'
import { flag, plain } from './rows.ts'
import type { RoomMemberRow, RoomRepository, RoomRow } from './types.ts'

interface Stored {
  id: string
  root: Uint8Array
  secret: string
  title: string
  joined_at: number
  burned: string
  deposit: string
  relay: string
}
interface StoredMember {
  room: string
  device: string
  address: string
  name: string
  ticket: Uint8Array
  gone: number
  seen_at: number
}

export function roomRepository(database: Database): RoomRepository {
  const list = database.prepare<Stored>('SELECT * FROM rooms ORDER BY joined_at, id')
  const get = database.prepare<Stored>('SELECT * FROM rooms WHERE id = ?')
  const save = database.prepare(
    `INSERT INTO rooms VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET title = excluded.title,
     burned = excluded.burned, deposit = excluded.deposit, relay = excluded.relay`,
  )
  const remove = database.prepare('DELETE FROM rooms WHERE id = ?')
  const members = database.prepare<StoredMember>(
    'SELECT * FROM room_members WHERE room = ? ORDER BY seen_at DESC, device',
  )
  const saveMember = database.prepare(
    `INSERT INTO room_members VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (room, device) DO UPDATE SET address = excluded.address,
     name = excluded.name, ticket = excluded.ticket, gone = excluded.gone, seen_at = excluded.seen_at`,
  )
  const removeMember = database.prepare('DELETE FROM room_members WHERE room = ? AND device = ?')
  const removeMembers = database.prepare('DELETE FROM room_members WHERE room = ?')
  return {
    list: () => list.all().map(toRow),
    get: (id) => get.all(id).map(toRow)[0],
    save: (row) => {
      const { burned, deposit, relay } = row.spent
      const money = [burned, deposit, relay].map(String)
      save.run(row.id, row.root, row.secret, row.title, row.joinedAt, ...money)
    },
    remove: (id) =>
      database.transaction(() => {
        remove.run(id)
        removeMembers.run(id)
      }),
    members: (room) => members.all(room).map(toMember),
    saveMember: (row) => {
      const { room, device, address, name, ticket, gone, seenAt } = row
      saveMember.run(room, device, address, name, ticket, flag(gone), seenAt)
    },
    removeMember: (room, device) => void removeMember.run(room, device),
  }
}

function toRow(stored: Stored): RoomRow {
  return {
    id: stored.id,
    root: plain(stored.root),
    secret: stored.secret,
    title: stored.title,
    joinedAt: stored.joined_at,
    spent: { burned: BigInt(stored.burned), deposit: BigInt(stored.deposit), relay: BigInt(stored.relay) },
  }
}

function toMember(stored: StoredMember): RoomMemberRow {
  return {
    room: stored.room,
    device: stored.device,
    address: stored.address,
    name: stored.name,
    ticket: plain(stored.ticket),
    gone: stored.gone === 1,
    seenAt: stored.seen_at,
  }
}
