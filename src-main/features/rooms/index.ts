/**
 * Rooms by shared secret over the ledger alone: no S2 node is needed, and nobody in a room needs to be a contact.
 *
 *   const rooms = new Rooms({ store, board, peers, sessions, delivery, self, … })
 *   rooms.start(sealer)                                  // once the ledger's chain is known; rejoins what was joined
 *   const { roomId, link } = await rooms.join('our words', 'Hut')
 *   rooms.on('room', ({ room }) => …)                    // state, members, what was spent
 *   rooms.send(roomId, 'Hello')                          // the same chat, in the MLS group of each two devices
 *   await rooms.sendData(roomId, undefined, bytes)
 */
export { Rooms } from './rooms.ts'
export type { Taken } from './room-chat.ts'
export type { RoomBoard, RoomEvents, RoomPeers, RoomSessions, RoomsParts } from './types.ts'
