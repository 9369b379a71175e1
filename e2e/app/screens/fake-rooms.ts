import {
  type Handlers,
  type Message,
  type NetworkChoice,
  networkNames,
  ParleyError,
  type PaymentRequest,
  type Room,
  type Settings,
} from '../../../src-main/contract/index.ts'
import * as demo from './demo-data.ts'
import { requestCard, room as demoRoom } from './demo-rooms.ts'
import type { Emit } from './fake-types.ts'
import { type FakeWallet, pay } from './fake-wallet.ts'

type Requests = Extract<keyof Handlers, `wallet.${'request' | 'payRequest' | 'declineRequest' | 'cancelRequest'}`>
type Rooms = Extract<keyof Handlers, `rooms.${string}` | 'contacts.ledgerCost' | 'contacts.reachByLedger'>

/** Payment requests as they stand in the conversations. */
export function requestHandlers(
  history: Map<string, Message[]>,
  wallet: FakeWallet,
  nextId: () => number,
): Pick<Handlers, Requests> {
  const change = (requestId: string, changes: Partial<PaymentRequest>) => {
    for (const [chat, messages] of history) {
      const at = messages.findIndex(({ payment }) => payment?.requestId === requestId)
      const known = messages[at]
      if (!known?.payment) continue
      const message = { ...known, payment: { ...known.payment, ...changes } }
      history.set(chat, messages.with(at, message))
      wallet.emit('message.changed', message)
      return message
    }
    throw new ParleyError('not_found', 'No such request.')
  }
  return {
    'wallet.request': async ({ chat, nanos, note }) => {
      const message = requestCard(chat, nextId(), true, { nanos, note, state: 'open' }, Date.now())
      history.set(chat, [...(history.get(chat) ?? []), message])
      wallet.emit('message', message)
      return { requestId: message.payment?.requestId ?? '' }
    },
    'wallet.payRequest': async ({ requestId, account }) => {
      const card = change(requestId, { state: 'paying' })
      const digest = pay(wallet, { to: card.chat, nanos: card.payment?.nanos ?? 0n, account })
      setTimeout(() => change(requestId, { state: 'paid', digest }), 50)
      return { digest, fee: wallet.fee, state: 'pending' }
    },
    'wallet.declineRequest': async ({ requestId }) => {
      change(requestId, { state: 'declined' })
      return {}
    },
    'wallet.cancelRequest': async ({ requestId }) => {
      change(requestId, { state: 'cancelled' })
      return {}
    },
  }
}

/** Rooms, and what the ledger costs as a way between people. */
export function roomHandlers(
  rooms: Map<string, Room>,
  history: Map<string, Message[]>,
  wallet: FakeWallet,
  settings: () => Settings,
  emit: Emit,
): Pick<Handlers, Rooms> {
  const cost = async () => {
    const agreed = settings().ledgerSignalling
    const perRecord = { burned: 1_200_000n, deposit: 2_400_000n, relay: 0n }
    const fee = { burned: 4_800_000n, deposit: 9_600_000n, relay: 0n }
    return { perRecord, records: 4, fee, allowed: agreed === 'on' || (agreed === 'auto' && wallet.network === 'local') }
  }
  const open = (id: string, title: string): Room => {
    const made = demoRoom(id, title, 'joining', wallet.now)
    rooms.set(id, made)
    history.set(id, history.get(id) ?? [])
    emit('room', { room: made, removed: false })
    return made
  }
  const known = (id: string) => {
    const room = rooms.get(id)
    if (!room) throw new ParleyError('not_found', 'No such room.')
    return room
  }
  return {
    'rooms.list': async () => ({ rooms: [...rooms.values()] }),
    'rooms.create': async ({ title }) => {
      if (!(await cost()).allowed) throw new ParleyError('payment_required', 'Agree first.')
      return open(demo.person(`room ${rooms.size}`), title ?? 'Room')
    },
    'rooms.join': async ({ secret, title }) => {
      if (!(await cost()).allowed) throw new ParleyError('payment_required', 'Agree first.')
      const room = rooms.get(secret) ?? open(demo.person(secret.slice(-32)), title ?? 'Room')
      return { roomId: room.id, link: room.link }
    },
    'rooms.leave': async ({ roomId }) => {
      const room = known(roomId)
      rooms.delete(roomId)
      history.delete(roomId)
      emit('room', { room, removed: true })
      return {}
    },
    'rooms.rename': async ({ roomId, title }) => {
      const room = { ...known(roomId), title }
      rooms.set(roomId, room)
      emit('room', { room, removed: false })
      return room
    },
    'rooms.sendData': async () => ({ dataId: '0', members: 0 }),
    'rooms.cost': cost,
    'contacts.ledgerCost': cost,
    'contacts.reachByLedger': async () => ({}),
  }
}

export function networkHandlers(wallet: FakeWallet): Pick<Handlers, 'network.choices' | 'network.choose'> {
  const urls = {
    local: 'http://127.0.0.1:9000',
    testnet: 'https://testnet.example',
    mainnet: 'https://mainnet.example',
  }
  let custom: string | undefined
  const networks = (): NetworkChoice[] =>
    networkNames.map((network) => {
      const url = network === 'custom' ? custom : urls[network]
      return { network, chosen: network === wallet.network, ...(url === undefined ? {} : { url }) }
    })
  return {
    'network.choices': async () => ({ networks: networks() }),
    'network.choose': async ({ network, url }) => {
      if (network === 'custom' && !/^https?:\/\//.test(url ?? ''))
        throw new ParleyError('invalid_params', 'A URL begins with https.')
      custom = url ?? custom
      wallet.network = network
      wallet.emit('network', demo.network(wallet.now, wallet.reachable, network))
      return { networks: networks() }
    },
  }
}
