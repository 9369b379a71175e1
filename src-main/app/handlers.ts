import { fromHex, SecretText } from '../base/index.ts'
import { type Handlers, ParleyError } from '../contract/index.ts'
import { checksummed } from '../wire/index.ts'
import type { AppControl } from './app-control.ts'
import { listDevices, publishRevocation } from './revocations.ts'
import { walletHandlers } from './wallet-handlers.ts'

/** Maps every call of the contract to the part that does it. */
export function createHandlers(app: AppControl): Handlers {
  return {
    ...appHandlers(app),
    ...identityHandlers(app),
    ...contactHandlers(app),
    ...chatHandlers(app),
    ...walletHandlers(app),
    ...roomHandlers(),
  }
}

type Some<Prefix extends string> = Pick<Handlers, Extract<keyof Handlers, `${Prefix}.${string}`>>

function appHandlers(app: AppControl): Some<'app' | 'network' | 'settings'> {
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
    'contacts.ledgerCost': notYet,
    'contacts.reachByLedger': notYet,
    'contacts.preview': async ({ address }) => contacts().preview(address),
    'contacts.add': async ({ address, name, note }) => contacts().add(address, name, note),
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
      contacts().unblock(address)
      return {}
    },
    'contacts.list': async () => ({ contacts: contacts().list() }),
  }
}

function chatHandlers(app: AppControl): Some<'chats'> {
  return {
    'chats.list': async () => {
      const { chats, store } = app.account()
      return { chats: chats.list((address) => store.contacts.get(address)?.name) }
    },
    'chats.send': ({ chat, text }) => app.account().chats.send(chat, text),
    'chats.history': async ({ chat, limit, before }) => ({
      messages: app.account().chats.history(chat, limit, before),
    }),
    'chats.markRead': async ({ chat, messageId }) => {
      await app.account().receipts.markRead(chat, messageId)
      return {}
    },
    'chats.retry': async ({ chat, messageId }) => {
      await app.account().chats.retry(chat, messageId)
      return {}
    },
  }
}

function roomHandlers(): Some<'rooms'> {
  return {
    'rooms.list': notYet,
    'rooms.create': notYet,
    'rooms.join': notYet,
    'rooms.leave': notYet,
    'rooms.rename': notYet,
    'rooms.sendData': notYet,
    'rooms.cost': notYet,
  }
}

async function notYet(): Promise<never> {
  throw new ParleyError('not_supported', 'This is not built yet.')
}
