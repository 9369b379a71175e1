import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { MethodResult, Transaction } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'

const PAGE = 50

/** Balance and payments. */
export const useWallet = defineStore('wallet', () => {
  const backend = useBackend()
  const balance = ref<bigint>()
  const transactions = ref<Transaction[]>([])
  const loaded = ref(false)
  const complete = ref(false)
  const failure = ref<unknown>()
  const lastDigest = computed(() => transactions.value.at(-1)?.digest)

  backend.on('wallet.transaction', (transaction) => {
    transactions.value = withTransaction(transactions.value, transaction)
    void loadBalance()
  })

  async function loadBalance(): Promise<void> {
    try {
      balance.value = (await backend.call('wallet.balance', {})).nanos
      failure.value = undefined
    } catch (thrown) {
      failure.value = thrown
    }
  }

  async function load(): Promise<void> {
    await loadBalance()
    try {
      const page = await backend.call('wallet.history', { limit: PAGE })
      transactions.value = page.transactions
      complete.value = page.transactions.length < PAGE
      loaded.value = true
    } catch (thrown) {
      failure.value = thrown
    }
  }

  async function loadMore(): Promise<void> {
    if (lastDigest.value === undefined) return
    const page = await backend.call('wallet.history', { limit: PAGE, before: lastDigest.value })
    const known = new Set(transactions.value.map(({ digest }) => digest))
    transactions.value = [...transactions.value, ...page.transactions.filter(({ digest }) => !known.has(digest))]
    complete.value = page.transactions.length < PAGE
  }

  const estimate = (to: string, nanos: bigint): Promise<MethodResult<'wallet.estimate'>> =>
    backend.call('wallet.estimate', { to, nanos })

  async function send(to: string, nanos: bigint): Promise<MethodResult<'wallet.send'>> {
    const result = await backend.call('wallet.send', { to, nanos })
    void load()
    return result
  }

  async function faucet(): Promise<bigint> {
    const { nanos } = await backend.call('wallet.faucet', {})
    await load()
    return nanos
  }

  function clear(): void {
    balance.value = undefined
    transactions.value = []
    loaded.value = false
    failure.value = undefined
  }

  return { balance, transactions, loaded, complete, failure, load, loadMore, estimate, send, faucet, clear }
})

function withTransaction(all: Transaction[], transaction: Transaction): Transaction[] {
  const at = all.findIndex(({ digest }) => digest === transaction.digest)
  return at < 0 ? [transaction, ...all] : all.with(at, transaction)
}
