import { computed, onMounted, onScopeDispose, ref, shallowRef } from 'vue'
import type { MethodResult, Transaction } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'
import { errorCode } from '../model/errors.ts'
import { useActivity } from '../stores/activity.ts'
import { useWallet } from '../stores/wallet.ts'
import { useTask } from './use-task.ts'

/**
 * One payment with all that the ledger tells of it; `known` is what a list shows already. Without it the payment is looked
 * for in every account, the shown one first. It stays current while it is looked at.
 */
export function usePaymentDetail(digest: string, known: Transaction | undefined) {
  const activity = useActivity()
  const wallet = useWallet()
  const { problem, run } = useTask()
  const detail = ref<MethodResult<'wallet.transaction'>>()
  const latest = shallowRef(known)
  const transaction = computed(() => latest.value ?? detail.value?.transaction)
  onScopeDispose(
    useBackend().on('wallet.transaction', (changed) => {
      if (changed.digest === digest) latest.value = changed
    }),
  )

  async function find(): Promise<void> {
    const accounts = known
      ? [known.account]
      : [...new Set([wallet.account, ...wallet.accounts.map(({ index }) => index)])]
    for (const account of accounts) {
      try {
        detail.value = await activity.detail(digest, account)
        return
      } catch (thrown) {
        if (account === accounts.at(-1) || errorCode(thrown) !== 'not_found') throw thrown
      }
    }
  }
  onMounted(() => run(find))
  return { transaction, detail, problem }
}
