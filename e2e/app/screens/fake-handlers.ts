import { type Handlers, type Message, ParleyError, type Room, type Settings } from '../../../src-main/contract/index.ts'
import { checksummed, parseAddress } from '../../../src-main/wire/index.ts'
import * as demo from './demo-data.ts'
import { devices as demoDevices, requestCards, roomChat, rooms as demoRooms } from './demo-rooms.ts'
import { overlayHandlers } from './fake-overlay.ts'
import { networkHandlers, requestHandlers, roomHandlers } from './fake-rooms.ts'
import type { Emit, Scenario } from './fake-types.ts'
import { activityHandlers, fakeWallet, walletHandlers } from './fake-wallet.ts'

export const PASSPHRASE = 'correct horse'
/** The published test vector of BIP-39 for 32 zero bytes. */
export const PHRASE = [...Array.from({ length: 23 }, () => 'abandon'), 'art']

const refuse = () => Promise.reject(new ParleyError('storage_full', 'The disk is full.'))
const noRoom = { 'chats.send': refuse, 'contacts.add': refuse, 'settings.set': refuse }

/** Demo answers to every call. A fixture for the look and for scrolling; no behaviour of the product is proved with it. */
// eslint-disable-next-line max-lines-per-function -- one table with one line per call
export function fakeHandlers(scenario: Scenario, longChatLength: number, emit: Emit): Handlers {
  const now = Date.now()
  const filled = scenario !== 'empty' && scenario !== 'new'
  let state: 'none' | 'locked' | 'ready' = scenario === 'new' ? 'none' : scenario === 'locked' ? 'locked' : 'ready'
  let name = demo.me.name
  let phraseConfirmed = scenario !== 'unconfirmed' && scenario !== 'new'
  const wallet = fakeWallet(scenario, filled, now, emit)
  let settings: Settings = {
    theme: 'system',
    locale: 'system',
    autoLockMinutes: 15,
    directConnections: true,
    walletHidden: scenario === 'hidden',
    ledgerSignalling: scenario === 'wayOff' ? 'off' : 'auto',
  }
  let nextId = 2_000_000
  const contacts = new Map((filled ? demo.contacts(now) : []).map((contact) => [contact.address, contact]))
  const history = new Map<string, Message[]>()
  if (filled) {
    history.set(demo.people.bob, demo.shortChat(now))
    history.set(demo.people.carla, demo.longChat(demo.people.carla, longChatLength, now))
    history.set(demo.people.paula, requestCards(now))
  }
  const rooms = new Map<string, Room>((filled ? demoRooms(now) : []).map((room) => [room.id, room]))
  for (const room of rooms.values()) history.set(room.id, room.state === 'open' ? roomChat(room, now) : [])
  let devices = demoDevices()
  const enter = (next: typeof state) => {
    state = next
    emit('identity', { state })
    return Promise.resolve({})
  }
  const change = (address: string, changes: object) => {
    const known = contacts.get(address) ?? {
      address,
      name: '',
      state: 'requested' as const,
      verified: false,
      online: false,
      addedAt: now,
    }
    const contact = { ...known, ...changes }
    contacts.set(address, contact)
    emit('contact', { contact, removed: false })
    return Promise.resolve(contact)
  }
  const drop = (address: string) => {
    const contact = contacts.get(address)
    contacts.delete(address)
    if (contact) emit('contact', { contact, removed: true })
    return Promise.resolve({})
  }
  const checkPassphrase = (given: string | undefined) => {
    if (given !== PASSPHRASE) throw new ParleyError('wrong_passphrase', 'Wrong passphrase.')
  }
  return {
    'app.info': async () => ({
      version: '0.1.0',
      host: 'headless',
      dataFolder: '/home/alice/.local/share/Parley',
      canOpenFolder: false,
    }),
    'app.openDataFolder': async () => ({}),
    'app.touch': async () => ({}),
    'identity.status': async () => ({ state, keystore: 'vault', keychainAvailable: true }),
    'identity.create': async (input) => {
      name = input.name
      await enter('ready')
      return { address: demo.me.address, deviceId: demo.me.deviceId, recoveryPhrase: PHRASE }
    },
    'identity.confirmPhrase': async ({ words }) => {
      const correct = words.every(({ index, word }) => PHRASE[index] === word)
      phraseConfirmed ||= correct
      return { correct }
    },
    'identity.restore': async (input) => {
      name = input.name
      phraseConfirmed = true
      await enter('ready')
      return { address: demo.me.address, deviceId: demo.me.deviceId }
    },
    'identity.get': async () => ({ ...demo.me, name, phraseConfirmed }),
    'identity.lock': () => enter('locked'),
    'identity.unlock': async ({ passphrase }) => {
      checkPassphrase(passphrase)
      return enter('ready')
    },
    'identity.devices': async () => ({ devices }),
    'identity.revokeDevice': async ({ deviceId, passphrase }) => {
      checkPassphrase(passphrase)
      devices = devices.map((device) => (device.deviceId === deviceId ? { ...device, revoked: true } : device))
      return {}
    },
    'identity.revealPhrase': async ({ passphrase }) => {
      checkPassphrase(passphrase)
      return { recoveryPhrase: PHRASE }
    },
    'contacts.preview': async (input) => {
      const { address, checked } = parseAddress(input.address)
      const existing = contacts.get(address)
      return {
        address,
        checksummed: checksummed(address),
        isSelf: address === demo.me.address,
        checked,
        ...(existing ? { existing } : {}),
      }
    },
    'contacts.add': ({ address, name, postage }) =>
      change(parseAddress(address).address, {
        name: name ?? contacts.get(parseAddress(address).address)?.name ?? '',
        ...(postage !== undefined && { postage: undefined }),
        state: 'requested',
        requestState: 'stored',
        addedAt: Date.now(),
      }),
    'contacts.accept': ({ address }) =>
      change(address, { state: 'accepted', name: contacts.get(address)?.theirName ?? '' }),
    'contacts.ignore': ({ address }) => drop(address),
    'contacts.rename': ({ address, name }) => change(address, { name }),
    'contacts.remove': ({ address }) => drop(address),
    'contacts.block': ({ address }) => change(address, { state: 'blocked' }),
    'contacts.unblock': ({ address }) => change(address, { state: 'accepted' }),
    'contacts.list': async () => ({ contacts: [...contacts.values()] }),
    'chats.list': async () => ({
      chats: [...history].map(([chat, messages]) =>
        demo.chatOf(chat, messages, contacts.get(chat)?.name ?? rooms.get(chat)?.title ?? '', rooms.has(chat)),
      ),
    }),
    'chats.send': async ({ chat, text }) => {
      const message = demo.message(chat, nextId++, true, text, Date.now(), 'sending')
      history.set(chat, [...(history.get(chat) ?? []), message])
      setTimeout(() => emit('message.state', { chat, messageId: message.id, state: 'delivered' }), 60)
      return { messageId: message.id }
    },
    'chats.history': async ({ chat, limit, before }) => {
      const messages = history.get(chat) ?? []
      const end = before ? messages.findIndex(({ id }) => id === before) : messages.length
      return { messages: messages.slice(Math.max(0, end - limit), end).toReversed() }
    },
    'chats.markRead': async () => ({}),
    'chats.retry': async ({ chat, messageId }) => {
      emit('message.state', { chat, messageId, state: 'delivered' })
      return {}
    },
    ...walletHandlers(wallet),
    ...activityHandlers(wallet),
    ...requestHandlers(history, wallet, () => nextId++),
    ...roomHandlers(rooms, history, wallet, () => settings, emit),
    ...overlayHandlers(scenario, now, wallet),
    ...networkHandlers(wallet),
    'network.status': async () => {
      const status = demo.network(now, wallet.reachable, wallet.network)
      if (scenario === 'empty') return { ...status, links: [], peers: [] }
      if (scenario === 'ledger') return { ...status, links: [] }
      if (scenario !== 'wayOff' || !status.signalling) return status
      const peers = status.peers.filter(({ path }) => path === 'ledger')
      return { ...status, links: [], peers, signalling: { ...status.signalling, allowed: false } }
    },
    'settings.get': async () => settings,
    'settings.set': async (changes) => {
      settings = {
        ...settings,
        ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)),
      }
      emit('settings', settings)
      return settings
    },
    ...(scenario === 'fullDisk' && noRoom),
  }
}
