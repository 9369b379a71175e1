import { Rooms } from '../features/rooms/index.ts'
import type { AccountContext, AccountParts } from './account-types.ts'

/** Rooms over the parts of an account. */
export function createRooms(account: AccountContext, { emit, clock, random, log }: AccountParts): Rooms {
  const { store, peers, sessions, identity, devices } = account
  const rooms = new Rooms({
    ...{ store, peers, sessions, clock, random, log },
    board: {
      watch: (address, options, listener) => account.ion.board.watch(address, options, listener),
      post: (to, memo, purpose) => account.ion.board.post(to, memo, purpose),
      cost: (records, memoBytes) => account.ion.board.cost(records, memoBytes),
      allowed: () => account.ion.board.allowed(),
    },
    delivery: {
      wake: () => account.delivery.wake(),
      hasten: (address) => account.delivery.hasten(address),
    },
    learn: (certificate) => devices.learn(certificate),
    certificateOf: (device) => devices.get(device),
    receive: (envelope, device) => account.inbox?.receive(envelope, device, () => {}),
    retryWaiting: () => account.inbox?.retryWaiting(),
    self: { address: identity.address, device: identity.deviceId, name: identity.name },
  })
  rooms.on('room', (payload) => emit('room', payload))
  rooms.on('message', (message) => emit('message', message))
  rooms.on('message.state', (change) => emit('message.state', change))
  rooms.on('data', (payload) => emit('room.data', payload))
  peers.on('path', ({ device, open }) => (open ? rooms.opened(device) : rooms.closed(device)))
  peers.on('data', ({ device, label, bytes, accept }) => {
    rooms.onData(device, label, bytes)
    accept()
  })
  return rooms
}
