import { fromHex, SecretText } from '../base/index.ts'
import { type Handlers, ParleyError } from '../contract/index.ts'
import { checksummed } from '../wire/index.ts'
import type { AppControl } from './app-control.ts'
import { type NodeHandlers, nodeHandlers } from './node-handlers.ts'
import { listDevices, publishRevocation } from './revocations.ts'
import { type OverlayHandlers, overlayHandlers } from './overlay-handlers.ts'
import { roomHandlers } from './room-handlers.ts'
import { walletHandlers } from './wallet-handlers.ts'

/** A request or an acceptance, and an offer or an answer: what each side writes for one connection. */
const RECORDS_PER_CONNECTION = 2

/** Maps every call of the contract to the part that does it. */
export function createHandlers(app: AppControl): Handlers {
  return {
    ...appHandlers(app),
    ...identityHandlers(app),
    ...contactHandlers(app),
    ...chatHandlers(app),
    ...walletHandlers(app),
    ...roomHandlers(app),
    ...overlayHandlers(app),
    ...nodeHandlers(app),
  }
}

type Some<Prefix extends string> = Pick<Handlers, Extract<keyof Handlers, `${Prefix}.${string}`>>

function appHandlers(
  app: AppControl,
): Omit<Some<'app' | 'network' | 'settings'>, keyof OverlayHandlers | keyof NodeHandlers> {
  const { options } = app
  return {
    'app.info': async () => ({
      version: options.version,
      host: options.runtime.host,
      dataFolder: options.profile,
      canOpenFolder: options.runtime.openFolder !== undefined,
    }),
    'app.openDataFolder': async () => {
      if (!options.runtime.openFolder) throw new ParleyError('not_supported', 'This host cannot open folders.')
      await options.runtime.openFolder(options.profile)
      return {}
    },
    'app.touch': async () => {
      app.touch()
      return {}
    },
    'network.choices': async () => ({ networks: app.networks() }),
    'network.choose': async ({ network, url }) => {
      await app.chooseNetwork(network, url)
      return { networks: app.networks() }
    },
    'network.status': async () => app.networkStatus(),
    'settings.get': async () => app.settings(),
    'settings.set': async (change) => {
      const settings = app.account().changeSettings(change)
      app.setAutoLock(settings.autoLockMinutes)
      return settings
    },
  }
}

function identityHandlers(app: AppControl): Some<'identity'> {
  return {
    'identity.status': async () => ({
      state: app.state(),
      keystore: app.keyring.kind,
      keychainAvailable: await app.keyring.keychainAvailable(),
    }),
    'identity.create': async ({ name, passphrase }) => {
      const { identity, phrase } = await app.create(name, passphrase)
      return { address: identity.address, deviceId: identity.deviceId, recoveryPhrase: phrase }
    },
    'identity.confirmPhrase': async ({ words }) => ({ correct: await app.keyring.confirmPhrase(words) }),
    'identity.restore': async ({ name, recoveryPhrase, passphrase }) => {
      const identity = await app.restore(name, recoveryPhrase, passphrase)
      return { address: identity.address, deviceId: identity.deviceId }
    },
    'identity.get': async () => {
      app.account()
      const identity = app.keyring.current()
      if (!identity) throw new ParleyError('locked', 'Parley is locked.')
      const { address, name, deviceId, phraseConfirmed } = identity
      return { address, checksummed: checksummed(address), name, deviceId, phraseConfirmed }
    },
    'identity.lock': async () => {
      await app.lock()
      return {}
    },
    'identity.unlock': async ({ passphrase }) => {
      // Never the passphrase that the process was started with: whoever locked it wants to be asked.
      await app.unlock(passphrase === undefined ? undefined : new SecretText(passphrase))
      return {}
    },
    'identity.devices': async () => ({ devices: await listDevices(app.account()) }),
    'identity.revokeDevice': async ({ deviceId, passphrase }) => {
      const account = app.account()
      if (deviceId === account.identity.deviceId)
        throw new ParleyError('conflict', 'This is the device in your hands; revoke it from another one.')
      const secret = passphrase === undefined ? undefined : new SecretText(passphrase)
      await publishRevocation(account, await app.keyring.revokeDevice(fromHex(deviceId), secret))
      return {}
    },
    'identity.revealPhrase': async ({ passphrase }) => ({
      recoveryPhrase: await app.keyring.revealPhrase(passphrase === undefined ? undefined : new SecretText(passphrase)),
    }),
  }
}

function contactHandlers(app: AppControl): Some<'contacts'> {
  const contacts = () => app.account().contacts
  return {
    'contacts.ledgerCost': () => app.account().ion.board.cost(RECORDS_PER_CONNECTION),
    'contacts.reachByLedger': async ({ address }) => {
      const { contacts: book, ion } = app.account()
      const contact = book.require(address)
      if (contact.state !== 'accepted') throw new ParleyError('not_a_contact', 'This address is not a contact yet.')
      await ion.ask(contact.address)
      return {}
    },
    'contacts.preview': async ({ address }) => contacts().preview(address),
    'contacts.add': async ({ address, name, note, postage }) => contacts().add(address, name, note, postage),
    'contacts.accept': async ({ address }) => contacts().accept(address),
    'contacts.ignore': async ({ address }) => {
      contacts().ignore(address)
      return {}
    },
    'contacts.rename': async ({ address, name }) => contacts().rename(address, name),
    'contacts.remove': async ({ address }) => {
      contacts().remove(address)
      return {}
    },
    'contacts.block': async ({ address }) => contacts().block(address),
    'contacts.unblock': async ({ address }) => {
      await app.account().meetAgain(contacts().unblock(address))
      return {}
    },
    'contacts.list': async () => ({ contacts: contacts().list() }),
  }
}

/** Chats of two and of rooms alike: the id tells which. */
function chatHandlers(app: AppControl): Some<'chats'> {
  const roomOf = (chat: string) => {
    const id = chat.trim().toLowerCase()
    return app.account().rooms.names.has(id) ? id : undefined
  }
  return {
    'chats.list': async () => {
      const { chats, rooms, store } = app.account()
      const all = chats.list((address) => rooms.names.title(address) ?? store.contacts.get(address)?.name)
      return { chats: all.map((chat) => rooms.names.showChat(chat)) }
    },
    'chats.send': async ({ chat, text }) => {
      const { chats, rooms } = app.account()
      const room = roomOf(chat)
      return room === undefined ? chats.send(chat, text) : rooms.send(room, text)
    },
    'chats.history': async ({ chat, limit, before }) => {
      const { chats, rooms } = app.account()
      return { messages: chats.history(chat, limit, before).map((message) => rooms.names.show(message)) }
    },
    'chats.markRead': async ({ chat, messageId }) => {
      const { receipts, rooms } = app.account()
      const room = roomOf(chat)
      if (room === undefined) await receipts.markRead(chat, messageId)
      else rooms.markRead(room, messageId)
      return {}
    },
    'chats.retry': async ({ chat, messageId }) => {
      const { chats, rooms } = app.account()
      const room = roomOf(chat)
      if (room === undefined) await chats.retry(chat, messageId)
      else rooms.retry(room, messageId)
      return {}
    },
  }
}
