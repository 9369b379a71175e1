import {
  type EventName,
  type EventPayload,
  type Handlers,
  type Message,
  ParleyError,
  type Settings,
} from '../../../src-main/contract/index.ts'
import { checksummed, parseAddress } from '../../../src-main/wire/index.ts'
import * as demo from './demo-data.ts'

export type Scenario = 'demo' | 'empty' | 'new' | 'locked' | 'unreachable' | 'unconfirmed'
export type Emit = <K extends EventName>(name: K, payload: EventPayload<K>) => void

export const PASSPHRASE = 'correct horse'
/** The published test vector of BIP-39 for 32 zero bytes. */
export const PHRASE = [...Array.from({ length: 23 }, () => 'abandon'), 'art']

/** Demo answers to every call. A fixture for the look and for scrolling; no behaviour of the product is proved with it. */
// eslint-disable-next-line max-lines-per-function -- one table with one line per call
export function fakeHandlers(scenario: Scenario, longChatLength: number, emit: Emit): Handlers {
  const now = Date.now()
  const filled = scenario !== 'empty' && scenario !== 'new'
  let state: 'none' | 'locked' | 'ready' = scenario === 'new' ? 'none' : scenario === 'locked' ? 'locked' : 'ready'
  let name = demo.me.name
  let phraseConfirmed = scenario !== 'unconfirmed' && scenario !== 'new'
  let balance = scenario === 'empty' ? 0n : 1_234_567_890_000n
  let settings: Settings = {
    theme: 'system',
    locale: 'system',
    autoLockMinutes: 15,
    directConnections: true,
    walletHidden: false,
    ledgerSignalling: 'auto',
  }
  let nextId = 2_000_000
  const contacts = new Map((filled ? demo.contacts(now) : []).map((contact) => [contact.address, contact]))
  const history = new Map<string, Message[]>()
  if (filled) {
    history.set(demo.people.bob, demo.shortChat(now))
    history.set(demo.people.carla, demo.longChat(demo.people.carla, longChatLength, now))
  }
  const transactions = filled ? demo.transactions(now) : []
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
  const fee = { burned: 1_000_000n, deposit: 980_400n, relay: 0n }
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
    'identity.devices': async () => ({ devices: [] }),
    'identity.revokeDevice': async () => ({}),
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
    'contacts.add': ({ address, name }) =>
      change(parseAddress(address).address, {
        name: name ?? '',
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
        demo.chatOf(messages, contacts.get(chat)?.name ?? '', chat === demo.people.carla ? 3 : 0),
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
    'wallet.balance': async () => {
      if (scenario === 'unreachable') throw new ParleyError('ledger_unreachable', 'The ledger cannot be reached.')
      return { address: demo.me.address, nanos: balance }
    },
    'wallet.estimate': async ({ nanos = 0n }) => ({ fee, nanos, total: nanos + fee.burned + fee.deposit }),
    'wallet.send': async ({ to, nanos = 0n }) => {
      if (nanos > balance) throw new ParleyError('insufficient_funds', 'Not enough.')
      balance -= nanos + fee.burned + fee.deposit
      const digest = `New${transactions.length}pQ2rT7vXzB1nM8kLwE4sD9fG3`
      const transaction = {
        digest,
        account: 0,
        kind: 'payment',
        direction: 'out',
        counterparty: parseAddress(to).address,
        nanos,
        fee,
        at: Date.now(),
        state: 'done',
      } as const
      transactions.unshift(transaction)
      emit('wallet.transaction', transaction)
      return { digest, fee }
    },
    'wallet.history': async () => ({ transactions }),
    'wallet.faucet': async () => {
      balance += 10n * demo.NANOS
      return { nanos: 10n * demo.NANOS }
    },
    'network.status': async () => demo.network(now, scenario !== 'unreachable'),
    'settings.get': async () => settings,
    'settings.set': async (changes) => {
      settings = {
        ...settings,
        ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)),
      }
      return settings
    },
  }
}
