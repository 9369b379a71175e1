import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { MethodResult } from '../../src-main/contract/index.ts'
import { typedAmount } from '../model/amount.ts'
import { errorCode, errorReason, problemKey } from '../model/errors.ts'
import { type NodeUsage, suggestedDeposit } from '../model/nodes.ts'
import { type PaymentStep, stepAfter } from '../model/payment.ts'
import { useUsage } from '../stores/usage.ts'
import { useAmount } from './use-amount.ts'
import { useTask } from './use-task.ts'

/** A deposit at a node, from the amount over its cost to its result. Starts with what is enough for a while. */
export function useCredit(node: NodeUsage) {
  const { t, locale } = useI18n()
  const usage = useUsage()
  const step = ref<PaymentStep>('form')
  const text = ref(startOf(node, locale.value))
  const touched = ref(false)
  /** Why this amount cannot be deposited; shown at the amount until it changes. */
  const refused = ref('')
  const failed = ref('')
  const cost = ref<MethodResult<'network.creditCost'>>()
  const digest = ref('')
  const amount = useAmount(() => ({ text: text.value }))
  const nanos = computed(() => amount.nanos.value ?? 0n)
  const { busy, problem, run } = useTask()
  const amountProblem = computed(() => refused.value || (touched.value ? amount.problem.value : ''))
  watch(text, () => (refused.value = ''))

  async function estimate(): Promise<MethodResult<'network.creditCost'> | undefined> {
    try {
      return await usage.creditCost(node.nodeId ?? '', nanos.value)
    } catch (thrown) {
      if (errorCode(thrown) !== 'insufficient_funds') throw thrown
      refused.value = t('usage.add.noRoom')
      return undefined
    }
  }

  async function review(): Promise<void> {
    touched.value = true
    if (amount.nanos.value === undefined) return
    cost.value = await run(estimate)
    if (cost.value) step.value = 'review'
  }

  function back(): void {
    cost.value = undefined
    step.value = 'form'
  }

  async function confirm(): Promise<void> {
    if (step.value !== 'review') return
    step.value = 'sending'
    try {
      digest.value = (await usage.openCredit(node.nodeId ?? '', nanos.value, node.prices)).digest
      step.value = 'done'
    } catch (thrown) {
      failed.value = t(problemKey(thrown))
      step.value = stepAfter(errorCode(thrown), errorReason(thrown))
    }
  }

  return {
    step,
    text,
    nanos,
    amountProblem,
    busy,
    problem,
    cost,
    digest,
    failed,
    review,
    back,
    confirm,
  }
}

function startOf(node: NodeUsage, locale: string): string {
  const suggested = suggestedDeposit(node)
  return suggested > 0n ? typedAmount(suggested, locale) : ''
}
