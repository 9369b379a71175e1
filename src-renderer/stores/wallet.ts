import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { CoinBalance, MethodInput, MethodResult, WalletAccount } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'

/** How much a payment moves: a number of NANOS, or all that the account has. */
export interface PaymentOrder {
  to: string
  nanos: bigint
  all: boolean
  account: number
  note: string
}

const amountOf = ({ to, nanos, all, account }: PaymentOrder) => ({ to, account, ...(all ? { all } : { nanos }) })

/** Accounts, the balance of the one that is shown, and payments. */
// One function by the nature of a setup store: each change stands beside the state that it changes.
// eslint-disable-next-line max-lines-per-function
export const useWallet = defineStore('wallet', () => {
  const backend = useBackend()
  const accounts = ref<WalletAccount[]>([])
  /** Index of the account that is shown. */
  const account = ref(0)
  const balance = ref<bigint>()
  /** When the balance was so, while the ledger does not answer. */
  const asOf = ref<number>()
  const coins = ref<CoinBalance[]>([])
  const failure = ref<unknown>()
  const current = computed(() => accounts.value.find(({ index }) => index === account.value))
  const otherCoins = computed(() => coins.value.filter(({ coinType }) => !coinType.endsWith('::iota::IOTA')))
  const nameOfOwn = (address: string) => accounts.value.find((own) => own.address === address)?.name

  backend.on('wallet.transaction', (transaction) => {
    if (transaction.account === account.value) void loadBalance()
  })

  /** The last known balance stays where a new one cannot be had. */
  async function loadBalance(): Promise<void> {
    const asked = account.value
    try {
      const answer = await backend.call('wallet.balance', { account: asked })
      if (asked !== account.value) return
      balance.value = answer.nanos
      asOf.value = answer.asOf
      failure.value = undefined
    } catch (thrown) {
      if (asked === account.value) failure.value = thrown
    }
  }

  async function loadCoins(): Promise<void> {
    const asked = account.value
    const answer = await backend.call('wallet.coins', { account: asked }).catch(() => undefined)
    if (answer && asked === account.value) coins.value = answer.coins
  }

  async function loadAccounts(): Promise<void> {
    try {
      accounts.value = (await backend.call('wallet.accounts', {})).accounts
    } catch (thrown) {
      failure.value = thrown
    }
  }

  const load = async () => void (await Promise.all([loadAccounts(), loadBalance(), loadCoins()]))

  async function choose(index: number): Promise<void> {
    if (index === account.value) return
    account.value = index
    balance.value = undefined
    asOf.value = undefined
    coins.value = []
    await Promise.all([loadBalance(), loadCoins()])
  }

  async function add(name: string): Promise<WalletAccount> {
    const added = await backend.call('wallet.addAccount', name ? { name } : {})
    await loadAccounts()
    await choose(added.index)
    return added
  }

  async function rename(index: number, name: string): Promise<WalletAccount> {
    const renamed = await backend.call('wallet.renameAccount', { account: index, name })
    await loadAccounts()
    return renamed
  }

  /** `requestId`: of the request that is to be paid. */
  const estimate = (order: PaymentOrder, requestId?: string): Promise<MethodResult<'wallet.estimate'>> =>
    backend.call('wallet.estimate', { ...amountOf(order), ...(requestId ? { requestId } : {}) })

  async function send(order: PaymentOrder): Promise<MethodResult<'wallet.send'>> {
    const note = order.note.trim()
    const result = await backend.call('wallet.send', { ...amountOf(order), ...(note ? { note } : {}) })
    void loadBalance()
    return result
  }

  async function faucet(): Promise<bigint> {
    const { nanos } = await backend.call('wallet.faucet', { account: account.value })
    await loadBalance()
    return nanos
  }

  const receiveLink = (input: MethodInput<'wallet.receiveLink'>) => backend.call('wallet.receiveLink', input)
  const readLink = (link: string) => backend.call('wallet.readLink', { link })

  function clear(): void {
    accounts.value = []
    account.value = 0
    balance.value = undefined
    asOf.value = undefined
    coins.value = []
    failure.value = undefined
  }

  return {
    ...{ accounts, account, current, balance, asOf, coins, otherCoins, failure, nameOfOwn },
    ...{ load, loadBalance, choose, add, rename, estimate, send, faucet, receiveLink, readLink, clear },
  }
})
