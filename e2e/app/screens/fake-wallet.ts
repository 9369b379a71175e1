import {
  type Fee,
  type Handlers,
  type NetworkName,
  ParleyError,
  type Transaction,
  type WalletAccount,
} from '../../../src-main/contract/index.ts'
import { checksummed, parseAddress } from '../../../src-main/wire/index.ts'
import * as demo from './demo-data.ts'
import { coins, manyTransactions, transactions } from './demo-wallet.ts'
import type { Emit, Scenario } from './fake-types.ts'

type WalletCall = Extract<
  keyof Handlers,
  `wallet.${'accounts' | 'addAccount' | 'renameAccount' | 'balance' | 'coins' | 'estimate' | 'send' | 'setNote'}`
>
type ActivityCall = Extract<
  keyof Handlers,
  `wallet.${'history' | 'transaction' | 'exportCsv' | 'faucet' | 'receiveLink' | 'readLink'}`
>

export const FEE: Fee = { burned: 1_000_000n, deposit: 980_400n, relay: 0n }
const FREEING: Fee = { ...FEE, deposit: -12n * FEE.deposit }

/** Accounts, balances and payments of the fixture. */
export interface FakeWallet {
  accounts: WalletAccount[]
  balances: bigint[]
  transactions: Transaction[]
  network: NetworkName
  reachable: boolean
  /** What each payment costs. */
  fee: Fee
  /** How a payment stands when `wallet.send` answers. */
  sent: 'pending' | 'done'
  now: number
  emit: Emit
}

export function fakeWallet(scenario: Scenario, filled: boolean, now: number, emit: Emit): FakeWallet {
  const many = scenario === 'many' ? manyTransactions(1000, now) : transactions(now)
  const main = { index: 0, address: demo.me.address, checksummed: demo.me.checksummed, name: 'Main' }
  const savings = { ...own(1), name: 'Savings' }
  return {
    accounts: filled ? [main, savings] : [main],
    balances: scenario === 'empty' ? [0n] : [scenario === 'many' ? 2n ** 63n : 1_234_567_890_000n, 250n * demo.NANOS],
    transactions: filled ? many : [],
    network: scenario === 'testnet' || scenario === 'mainnet' ? scenario : 'local',
    reachable: scenario !== 'unreachable',
    fee: scenario === 'many' ? FREEING : FEE,
    sent: scenario === 'testnet' ? 'pending' : 'done',
    now,
    emit,
  }
}

function own(index: number) {
  const address = demo.person(`Account ${index}`)
  return { index, address, checksummed: checksummed(address) }
}

const allOf = (fee: Fee) => fee.burned + fee.deposit

export function walletHandlers(wallet: FakeWallet): Pick<Handlers, WalletCall> {
  const { fee, sent: state } = wallet
  const amountOf = (account: number, nanos = 0n, all = false) =>
    all ? (wallet.balances[account] ?? 0n) - allOf(fee) : nanos
  const checkFunds = (account: number, nanos: bigint) => {
    if (!wallet.reachable) throw new ParleyError('ledger_unreachable', 'The ledger cannot be reached.')
    if (nanos + allOf(fee) > (wallet.balances[account] ?? 0n) || nanos < 0n)
      throw new ParleyError('insufficient_funds', 'Not enough.')
  }
  return {
    'wallet.accounts': async () => ({ accounts: wallet.accounts }),
    'wallet.addAccount': async ({ name }) => {
      const index = wallet.accounts.length
      const account = { ...own(index), name: name ?? `Account ${index + 1}` }
      wallet.accounts.push(account)
      wallet.balances.push(0n)
      return account
    },
    'wallet.renameAccount': async ({ account, name }) => {
      const known = wallet.accounts[account]
      if (!known) throw new ParleyError('not_found', 'No such account.')
      return (wallet.accounts[account] = { ...known, name })
    },
    'wallet.balance': async ({ account }) => ({
      address: wallet.accounts[account]?.address ?? demo.me.address,
      nanos: wallet.balances[account] ?? 0n,
      ...(wallet.reachable ? {} : { asOf: wallet.now - 25 * 60_000 }),
    }),
    'wallet.coins': async ({ account }) => ({
      coins: account === 0 && wallet.transactions.length > 0 ? coins(wallet.balances[0] ?? 0n) : [],
    }),
    'wallet.estimate': async ({ nanos, all, account }) => {
      const sent = amountOf(account, nanos, all)
      checkFunds(account, sent)
      return { fee, nanos: sent, total: sent + allOf(fee) }
    },
    'wallet.send': async ({ to, nanos, all, account, note }) => {
      const sent = amountOf(account, nanos, all)
      checkFunds(account, sent)
      const digest = pay(wallet, { to: parseAddress(to).address, nanos: sent, account, note })
      return { digest, fee, state }
    },
    'wallet.setNote': async ({ digest, note }) => {
      const at = wallet.transactions.findIndex((transaction) => transaction.digest === digest)
      const known = wallet.transactions[at]
      if (!known) throw new ParleyError('not_found', 'No such payment.')
      const { note: _, ...rest } = known
      const changed = note === '' ? rest : { ...rest, note }
      wallet.transactions[at] = changed
      wallet.emit('wallet.transaction', changed)
      return {}
    },
  }
}

/** A payment that goes out. */
export function pay(
  wallet: FakeWallet,
  { to, nanos, account, note }: { to: string; nanos: bigint; account: number; note?: string | undefined },
): string {
  wallet.balances[account] = (wallet.balances[account] ?? 0n) - nanos - allOf(wallet.fee)
  const transaction: Transaction = {
    digest: `New${wallet.transactions.length}pQ2rT7vXzB1nM8kLwE4sD9fG3`,
    account,
    kind: 'payment',
    direction: 'out',
    counterparty: to,
    nanos,
    fee: wallet.fee,
    at: Date.now(),
    state: wallet.sent,
    ...(note ? { note } : {}),
  }
  wallet.transactions.unshift(transaction)
  wallet.emit('wallet.transaction', transaction)
  return transaction.digest
}

type Filter = NonNullable<Parameters<Handlers['wallet.history']>[0]['filter']>

export function activityHandlers(wallet: FakeWallet): Pick<Handlers, ActivityCall> {
  const passing = (account: number, filter: Filter = {}) =>
    wallet.transactions.filter((entry) => entry.account === account && passes(entry, filter))
  return {
    'wallet.history': async ({ account, limit, before, filter }) => {
      const found = passing(account, filter)
      const from = before === undefined ? 0 : found.findIndex(({ digest }) => digest === before) + 1
      return { transactions: found.slice(from, from + limit) }
    },
    'wallet.transaction': async ({ account, digest }) => {
      const transaction = wallet.transactions.find((entry) => entry.account === account && entry.digest === digest)
      if (!transaction) throw new ParleyError('not_found', 'No such payment.')
      const explorer = wallet.network === 'local' ? {} : { explorerUrl: `https://explorer.example/txblock/${digest}` }
      return { transaction, ...(transaction.state === 'done' ? { checkpoint: '4211', epoch: '12' } : {}), ...explorer }
    },
    'wallet.exportCsv': async ({ account, filter }) => ({
      fileName: 'parley-activity.csv',
      csv: ['time,amount', ...passing(account, filter).map(({ at, nanos }) => `${at},${nanos}`)].join('\r\n'),
      complete: true,
    }),
    'wallet.faucet': async ({ account }) => {
      wallet.balances[account] = (wallet.balances[account] ?? 0n) + 10n * demo.NANOS
      return { nanos: 10n * demo.NANOS }
    },
    'wallet.receiveLink': async ({ nanos, note, account }) => {
      const address = wallet.accounts[account]?.checksummed ?? demo.me.checksummed
      const query = new URLSearchParams({ ...(nanos ? { nanos: String(nanos) } : {}), ...(note ? { note } : {}) })
      const tail = query.size > 0 ? `?${query}` : ''
      return { parley: `parley:${address}${tail}`, iota: `iota:${address}${tail}` }
    },
    'wallet.readLink': async ({ link }) => {
      const [head = '', tail = ''] = link.split('?')
      const query = new URLSearchParams(tail)
      const network = query.get('network') as NetworkName | null
      if (network && network !== wallet.network)
        throw new ParleyError('conflict', 'Another network.', { reason: 'wrong_network' })
      const nanos = query.get('nanos')
      const note = query.get('note')
      const { address } = parseAddress(head)
      return { address, ...(nanos ? { nanos: BigInt(nanos) } : {}), ...(note ? { note } : {}) }
    },
  }
}

function passes(entry: Transaction, filter: Filter): boolean {
  if (filter.direction && entry.direction !== filter.direction) return false
  if (filter.state && entry.state !== filter.state) return false
  if (filter.kinds && !filter.kinds.includes(entry.kind)) return false
  if (filter.from !== undefined && entry.at < filter.from) return false
  if (filter.to !== undefined && entry.at > filter.to) return false
  const text = filter.text?.toLowerCase() ?? ''
  const name = Object.entries(demo.people).find(([, address]) => address === entry.counterparty)?.[0] ?? ''
  return `${entry.note ?? ''} ${entry.counterparty ?? ''} ${entry.digest} ${name}`.toLowerCase().includes(text)
}
