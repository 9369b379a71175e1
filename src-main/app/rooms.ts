import { Rooms, type Taken } from '../features/rooms/index.ts'
import type { InboxHandlers } from '../post/index.ts'
import type { AccountContext, AccountParts } from './account-types.ts'
import { readSettings } from './settings.ts'

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
    direct: () => readSettings(store).directConnections,
    self: { address: identity.address, device: identity.deviceId, name: identity.name },
  })
  rooms.on('room', (payload) => emit('room', payload))
  rooms.on('message', (message) => emit('message', message))
  rooms.on('message.state', (change) => emit('message.state', change))
  rooms.on('data', (payload) => emit('room.data', payload))
  peers.on('path', ({ device, open }) => (open ? rooms.live.opened(device) : rooms.live.closed(device)))
  peers.on('data', ({ device, label, bytes, accept }) => {
    rooms.onData(device, label, bytes)
    accept()
  })
  return rooms
}

/** What arrives for rooms goes to them, everything else on to the others. */
export function withRooms(account: AccountContext, others: InboxHandlers): InboxHandlers {
  const { rooms, store } = account
  const taken = new Map<object, Taken>()
  const isRevoked = (address: string, device: string) => store.revocations.has(address, device)
  return {
    onEvent: (arrival) => {
      if (!arrival.event.body.Room) return others.onEvent(arrival)
      const news = isRevoked(arrival.author, arrival.device) ? undefined : rooms.take(arrival)
      if (news) taken.set(arrival, news)
    },
    afterEvent: (arrival) => {
      if (!arrival.event.body.Room) return others.afterEvent(arrival)
      const news = taken.get(arrival)
      taken.delete(arrival)
      if (news) rooms.announce(news)
    },
    onSealed: async (sender, content, sentAt) => {
      if (!content.Room) return others.onSealed(sender, content, sentAt)
      if (!isRevoked(sender.addressText, sender.deviceId)) await rooms.onSealed(sender, content.Room)
    },
    onRepeat: (device) => {
      rooms.onRepeat(device)
      others.onRepeat(device)
    },
    onUnreadable: async (device) => {
      await rooms.onUnreadable(device)
      await others.onUnreadable(device)
    },
  }
}
