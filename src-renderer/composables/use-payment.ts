import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { MethodResult } from '../../src-main/contract/index.ts'
import { decimalSeparator, parseAmount } from '../model/amount.ts'
import { errorCode, errorKey } from '../model/errors.ts'
import { useWallet } from '../stores/wallet.ts'

export type PaymentStep = 'form' | 'review' | 'sending' | 'done' | 'failed' | 'unsure'

/**
 * Codes after which this window does not know whether the payment went out. `ledger_unreachable` is none of them: a payment
 * that was signed is kept and shown as pending, so that error means that nothing was signed.
 */
const UNSURE = new Set(['timeout', 'offline'])

/** One payment from the form to its result. */
export function usePayment() {
  const { t, locale } = useI18n()
  const wallet = useWallet()
  const step = ref<PaymentStep>('form')
  const to = ref('')
  const amountText = ref('')
  const touched = ref(false)
  const busy = ref(false)
  const problem = ref('')
  const estimate = ref<MethodResult<'wallet.estimate'>>()
  const digest = ref('')

  const amount = computed(() => parseAmount(amountText.value, locale.value))
  const nanos = computed(() => amount.value.nanos ?? 0n)
  const tooMuch = computed(() => wallet.balance !== undefined && nanos.value > wallet.balance)
  const amountProblem = computed(() => {
    if (tooMuch.value) return t('pay.tooMuch')
    if (!amount.value.problem || (!touched.value && amountText.value === '')) return ''
    const separator = decimalSeparator(locale.value)
    return t(`pay.problem.${amount.value.problem}`, { separator, example: `4${separator}5` })
  })

  async function review(): Promise<void> {
    touched.value = true
    if (busy.value || to.value === '' || amount.value.nanos === undefined || tooMuch.value) return
    busy.value = true
    problem.value = ''
    try {
      estimate.value = await wallet.estimate(to.value, amount.value.nanos)
      step.value = 'review'
    } catch (thrown) {
      problem.value = t(errorKey(errorCode(thrown)))
    } finally {
      busy.value = false
    }
  }

  async function confirm(): Promise<void> {
    if (step.value !== 'review') return
    step.value = 'sending'
    try {
      digest.value = (await wallet.send(to.value, nanos.value)).digest
      step.value = 'done'
    } catch (thrown) {
      problem.value = t(errorKey(errorCode(thrown)))
      step.value = UNSURE.has(errorCode(thrown)) ? 'unsure' : 'failed'
    }
  }

  return { step, to, amountText, touched, busy, problem, estimate, digest, nanos, amountProblem, review, confirm }
}
