import { ParleyError } from '../../contract/index.ts'
import type { RoomRow } from '../../store/index.ts'
import type { Member } from './members.ts'
import { Room } from './room.ts'
import { readDataLabel } from './room-data.ts'
import type { RoomContext } from './types.ts'

/** The rooms that run, and what they mean for the connections: whose signals are wanted, and which way signals go. */
export class LiveRooms {
  readonly #rooms = new Map<string, Room>()

  get(id: string): Room | undefined {
    return this.#rooms.get(id)
  }

  open(row: RoomRow, context: RoomContext): void {
    if (this.#rooms.has(row.id)) return
    const room = new Room(row, context)
    this.#rooms.set(row.id, room)
    room.start()
  }

  /** Takes a room out; what it still has to say it may say until `stop`. */
  remove(id: string): Room | undefined {
    const room = this.#rooms.get(id)
    this.#rooms.delete(id)
    return room
  }

  stop(): void {
    for (const room of this.#rooms.values()) room.stop()
    this.#rooms.clear()
  }

  /** Consent was given or taken, or money has come. */
  recheck(): void {
    for (const room of this.#rooms.values()) room.recheck()
  }

  /** The rooms that a device is in. */
  *of(device: string): Generator<{ room: Room; member: Member }> {
    for (const room of this.#rooms.values()) {
      const member = room.members.get(device)
      if (member) yield { room, member }
    }
  }

  /** Whether signals of this device are wanted for a room. */
  knows(device: string): boolean {
    return [...this.#rooms.values()].some((room) => room.knows(device))
  }

  /** How signals to a device go: through a member, through the ledger (each costs money), or not by a room. */
  signalWay(device: string): 'mesh' | 'ledger' | undefined {
    const ways = [...this.#rooms.values()].map((room) => room.wayTo(device)).filter((way) => way !== undefined)
    if (ways.length === 0) return undefined
    return ways.every((way) => way === 'ledger') ? 'ledger' : 'mesh'
  }

  /** Sends a sealed envelope to a device that a room knows, by the cheaper way. */
  async sendSignal(device: string, envelope: Uint8Array): Promise<void> {
    const rooms = [...this.#rooms.values()].filter((room) => room.wayTo(device) !== undefined)
    const room = rooms.find((each) => each.wayTo(device) !== 'ledger') ?? rooms[0]
    if (!room) throw new ParleyError('offline', 'There is no way to this device now.')
    await room.send(device, envelope)
  }

  opened(device: string): void {
    for (const room of this.#rooms.values()) room.opened(device)
  }

  closed(device: string): void {
    for (const room of this.#rooms.values()) room.closed(device)
  }

  /** Whether bulk data that a device offers is for a room that both are in. */
  wantsData(device: string, label: Uint8Array): boolean {
    const read = readDataLabel(label)
    return (read && this.#rooms.get(read.room)?.members.get(device)?.connected) ?? false
  }

  /** Blocked: nothing of this person is heard in any room. */
  block(address: string): void {
    for (const room of this.#rooms.values()) room.drop(address)
  }
}
