import { computed, onMounted, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Contact, MethodResult } from '../../src-main/contract/index.ts'
import { errorCode, errorReason, problemKey } from '../model/errors.ts'
import { type PaymentStep, stepAfter } from '../model/payment.ts'
import { useContacts } from '../stores/contacts.ts'
import { useUsage } from '../stores/usage.ts'
import { useTask } from './use-task.ts'

/**
 * Paying for a contact request, from its cost to its result. What is shown stays as it is while it is looked at, and no more than that is
 * paid, whatever the node asks meanwhile.
 */
export function usePostage(address: string, postage: NonNullable<Contact['postage']>) {
  const { t } = useI18n()
  const contacts = useContacts()
  const usage = useUsage()
  const { nanos, nodeId, missing } = postage
  const step = ref<PaymentStep>('review')
  const cost = ref<MethodResult<'network.creditCost'>>()
  const failed = ref('')
  const { busy, problem, run } = useTask()
  const isKnown = computed(() => missing === 0n || cost.value !== undefined)

  const estimate = () => run(async () => void (cost.value = await usage.creditCost(nodeId, missing)))
  onMounted(() => missing > 0n && void estimate())

  /** True where the request is on its way. */
  async function confirm(): Promise<boolean> {
    if (step.value !== 'review' || !isKnown.value) return false
    step.value = 'sending'
    try {
      if (missing > 0n) await usage.openCredit(nodeId, missing)
      await contacts.add({ address, postage: nanos })
      return true
    } catch (thrown) {
      failed.value = t(problemKey(thrown))
      step.value = stepAfter(errorCode(thrown), errorReason(thrown))
      return false
    }
  }

  return { step, cost, failed, busy, problem, isKnown, confirm }
}
