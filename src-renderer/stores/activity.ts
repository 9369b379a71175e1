import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import type { MethodResult, Transaction } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'
import { type FilterFields, filterOf, isFiltered, NO_FILTER, passes, withTransaction } from '../model/activity.ts'
import { useContacts } from './contacts.ts'
import { useWallet } from './wallet.ts'

const PAGE = 100

/** Payments of the account that is shown, as far as they have been loaded, through the filter. */
// One function by the nature of a setup store: each change stands beside the state that it changes.
// eslint-disable-next-line max-lines-per-function
export const useActivity = defineStore('activity', () => {
  const backend = useBackend()
  const wallet = useWallet()
  const contacts = useContacts()
  const transactions = shallowRef<readonly Transaction[]>([])
  const fields = ref<FilterFields>({ ...NO_FILTER })
  const filter = computed(() => filterOf(fields.value))
  const filtered = computed(() => isFiltered(fields.value))
  const loaded = ref(false)
  const loading = ref(false)
  /** Whether there is nothing older. */
  const complete = ref(false)
  const failure = ref<unknown>()
  /** Counts every change of account or filter: an answer for an older one is dropped. */
  let turn = 0

  backend.on('wallet.transaction', (transaction) => {
    if (!loaded.value || transaction.account !== wallet.account) return
    const name = contacts.nameOf(transaction.counterparty ?? '')
    const belongs = passes(transaction, filter.value ?? {}, name)
    transactions.value = withTransaction(transactions.value, transaction, belongs)
  })
  watch(
    () => wallet.account,
    () => void restart(),
  )

  const input = () => ({ account: wallet.account, ...(filter.value ? { filter: filter.value } : {}) })

  async function load(): Promise<void> {
    const mine = ++turn
    loading.value = true
    try {
      const page = await backend.call('wallet.history', { ...input(), limit: PAGE })
      if (mine !== turn) return
      transactions.value = page.transactions
      complete.value = page.transactions.length < PAGE
      loaded.value = true
      failure.value = undefined
    } catch (thrown) {
      if (mine === turn) failure.value = thrown
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  /** The next page; false where there is none to ask for. */
  async function loadMore(): Promise<boolean> {
    const before = transactions.value.at(-1)?.digest
    if (before === undefined || !loaded.value || complete.value) return false
    const mine = turn
    const page = await backend.call('wallet.history', { ...input(), limit: PAGE, before })
    if (mine !== turn) return false
    const known = new Set(transactions.value.map(({ digest }) => digest))
    const older = page.transactions.filter(({ digest }) => !known.has(digest))
    transactions.value = [...transactions.value, ...older]
    // A page without anything new would be asked for again and again.
    complete.value = page.transactions.length < PAGE || older.length === 0
    return true
  }

  /** Another list: the old one must not stay under a new heading. */
  function restart(): Promise<void> {
    loaded.value = false
    transactions.value = []
    return load()
  }

  /** The list stays while the new one is asked for, so that typing does not flicker. */
  function show(changes: Partial<FilterFields>): Promise<void> {
    fields.value = { ...fields.value, ...changes }
    return load()
  }

  const detail = (digest: string, account: number): Promise<MethodResult<'wallet.transaction'>> =>
    backend.call('wallet.transaction', { digest, account })

  async function setNote(transaction: Transaction, note: string): Promise<Transaction> {
    await backend.call('wallet.setNote', { digest: transaction.digest, note })
    const { note: _, ...rest } = transaction
    const changed = note === '' ? rest : { ...rest, note }
    transactions.value = transactions.value.map((known) => (known.digest === changed.digest ? changed : known))
    return changed
  }

  const exportCsv = (): Promise<MethodResult<'wallet.exportCsv'>> => backend.call('wallet.exportCsv', input())

  function clear(): void {
    turn++
    transactions.value = []
    fields.value = { ...NO_FILTER }
    loaded.value = false
    loading.value = false
    complete.value = false
    failure.value = undefined
  }

  return {
    ...{ transactions, fields, filtered, loaded, loading, complete, failure },
    ...{ load, loadMore, show, detail, setNote, exportCsv, clear },
  }
})
