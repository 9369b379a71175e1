import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Room } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'

/** Rooms by shared secret, connected through the ledger. */
export const useRooms = defineStore('rooms', () => {
  const backend = useBackend()
  const byId = ref(new Map<string, Room>())
  const loaded = ref(false)
  const all = computed(() => [...byId.value.values()])

  backend.on('room', ({ room, removed }) => (removed ? byId.value.delete(room.id) : put(room)))

  function put(room: Room): Room {
    byId.value.set(room.id, room)
    return room
  }

  async function load(): Promise<void> {
    const { rooms } = await backend.call('rooms.list', {})
    byId.value = new Map(rooms.map((room) => [room.id, room]))
    loaded.value = true
  }

  const create = async (title: string): Promise<Room> => put(await backend.call('rooms.create', title ? { title } : {}))

  /** The id of the room. Joining again is the same room. */
  async function join(secret: string, title: string): Promise<string> {
    const { roomId } = await backend.call('rooms.join', { secret, ...(title ? { title } : {}) })
    if (!byId.value.has(roomId)) await load()
    return roomId
  }

  /** Tries a paused room again. */
  const resume = (room: Room): Promise<string> => join(room.link, '')

  async function rename(roomId: string, title: string): Promise<Room> {
    return put(await backend.call('rooms.rename', { roomId, title }))
  }

  async function leave(roomId: string): Promise<void> {
    await backend.call('rooms.leave', { roomId })
    byId.value.delete(roomId)
  }

  const cost = () => backend.call('rooms.cost', {})

  function clear(): void {
    byId.value = new Map()
    loaded.value = false
  }

  return { byId, all, loaded, load, create, join, resume, rename, leave, cost, clear }
})
