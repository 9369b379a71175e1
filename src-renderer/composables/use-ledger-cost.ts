import { computed, ref, watch } from 'vue'
import type { SignallingCost } from '../../src-main/contract/index.ts'
import { useSettings } from '../stores/settings.ts'

/** What a way over the ledger costs, and the user's agreement to it before it is used. */
export function useLedgerCost(load: () => Promise<SignallingCost>, wanted: () => boolean = () => true) {
  const settings = useSettings()
  const cost = ref<SignallingCost>()
  const failed = ref(false)
  const agreed = ref(false)
  const mayUse = computed(() => cost.value?.allowed === true || agreed.value)

  async function refresh(): Promise<void> {
    if (!wanted()) return
    try {
      cost.value = await load()
      failed.value = false
    } catch {
      // Said in the dialog: nobody is asked to pay what cannot be told.
      failed.value = true
    }
  }
  // Not only at the start: whether the ledger is the way may be known later.
  watch(wanted, refresh, { immediate: true })

  /** Keeps the agreement as a setting, where it was asked for. */
  async function consent(): Promise<void> {
    if (cost.value?.allowed !== false || !agreed.value) return
    await settings.change({ ledgerSignalling: 'on' })
  }

  return { cost, failed, agreed, mayUse, refresh, consent }
}
