import { type Handlers, ParleyError } from '../contract/index.ts'
import { explorerUrl, readLink, writeLinks } from '../features/wallet/index.ts'
import type { AppControl } from './app-control.ts'

type WalletHandlers = Pick<Handlers, Extract<keyof Handlers, `wallet.${string}`>>
type Requests = 'wallet.request' | 'wallet.payRequest' | 'wallet.declineRequest' | 'wallet.cancelRequest'

/** Maps the wallet's calls to the account that is unlocked. */
export function walletHandlers(app: AppControl): WalletHandlers {
  return { ...accountHandlers(app), ...paymentHandlers(app), ...requestHandlers(app) }
}

type Accounts = 'wallet.accounts' | 'wallet.addAccount' | 'wallet.renameAccount' | 'wallet.balance' | 'wallet.coins'
type Links = 'wallet.faucet' | 'wallet.receiveLink' | 'wallet.readLink'

function accountHandlers(app: AppControl): Pick<WalletHandlers, Accounts | Links> {
  const wallet = () => app.account().wallet
  return {
    'wallet.accounts': async () => ({ accounts: wallet().accounts.list() }),
    'wallet.addAccount': ({ name }) => wallet().accounts.add(name),
    'wallet.renameAccount': async ({ account, name }) => wallet().accounts.rename(account, name),
    'wallet.balance': ({ account }) => wallet().balance(account),
    'wallet.coins': async ({ account }) => ({ coins: await wallet().coins(account) }),
    'wallet.faucet': async ({ account }) => {
      if (app.account().whereabouts().network !== 'local')
        throw new ParleyError(
          'not_supported',
          'Only a local ledger gives tokens away, to who is connected to it itself and not through nodes; its faucet takes any address.',
        )
      return { nanos: await wallet().faucet(account) }
    },
    'wallet.receiveLink': async ({ account, nanos, note }) =>
      writeLinks(wallet().accounts.get(account).address, app.account().whereabouts(), { nanos, note }),
    'wallet.readLink': async ({ link }) => readLink(link, app.account().whereabouts()),
  }
}

function paymentHandlers(app: AppControl): Omit<WalletHandlers, Accounts | Links | Requests> {
  const wallet = () => app.account().wallet
  return {
    'wallet.estimate': ({ account, to, nanos, all, requestId }) =>
      wallet().estimate(account, to, { nanos, all }, requestId),
    'wallet.send': ({ account, to, nanos, all, note, paymentId }) =>
      wallet().send(account, to, { nanos, all }, note, paymentId),
    'wallet.setNote': async ({ digest, note }) => {
      wallet().setNote(digest, note)
      return {}
    },
    'wallet.history': async ({ account, limit, before, filter }) => ({
      transactions: await wallet().history(account, limit, before, filter),
    }),
    'wallet.transaction': async ({ account, digest }) => {
      const found = await wallet().transaction(account, digest)
      const url = explorerUrl(app.account().whereabouts().network, digest)
      return { ...found, ...(url === undefined ? {} : { explorerUrl: url }) }
    },
    'wallet.exportCsv': ({ account, filter }) => wallet().exportCsv(account, filter),
  }
}

function requestHandlers(app: AppControl): Pick<WalletHandlers, Requests> {
  const payments = () => app.account().payments
  return {
    'wallet.request': ({ chat, nanos, note }) => payments().request(chat, nanos, note),
    'wallet.payRequest': ({ requestId, account }) => payments().pay(requestId, account),
    'wallet.declineRequest': async ({ requestId }) => {
      await payments().decline(requestId)
      return {}
    },
    'wallet.cancelRequest': async ({ requestId }) => {
      await payments().cancel(requestId)
      return {}
    },
  }
}
