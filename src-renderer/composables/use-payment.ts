import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { MethodResult, PaymentLink } from '../../src-main/contract/index.ts'
import { typedAmount } from '../model/amount.ts'
import { addressProblemKey, errorCode, errorReason, problemKey } from '../model/errors.ts'
import { type PaymentStep, stepAfter, stepOf } from '../model/payment.ts'
import { type PaymentOrder, useWallet } from '../stores/wallet.ts'
import { useAmount } from './use-amount.ts'

/** One payment from the form to its result. */
export function usePayment() {
  const { t } = useI18n()
  const wallet = useWallet()
  const step = ref<PaymentStep>('form')
  const fields = usePaymentForm()
  const busy = ref(false)
  const problem = ref('')
  const estimate = ref<MethodResult<'wallet.estimate'>>()
  const digest = ref('')
  /** NANOS that arrive, by the estimate. */
  const nanos = computed(() => estimate.value?.nanos ?? 0n)

  /** Fills in a link that was clicked; one that cannot be used here says so. */
  async function open(link: string): Promise<void> {
    try {
      fields.take(await wallet.readLink(link))
    } catch (thrown) {
      problem.value = t(addressProblemKey(thrown))
    }
  }

  async function review(): Promise<void> {
    fields.touched.value = true
    const order = fields.order()
    if (busy.value || !order) return
    busy.value = true
    problem.value = ''
    try {
      estimate.value = await wallet.estimate(order)
      step.value = 'review'
    } catch (thrown) {
      if (errorCode(thrown) === 'insufficient_funds') fields.refused.value = t('pay.noRoomForFee')
      else problem.value = t(problemKey(thrown))
    } finally {
      busy.value = false
    }
  }

  function back(): void {
    estimate.value = undefined
    step.value = 'form'
  }

  async function confirm(): Promise<void> {
    const order = fields.order()
    if (step.value !== 'review' || !order) return
    step.value = 'sending'
    try {
      const paid = await wallet.send(order)
      digest.value = paid.digest
      step.value = stepOf(paid)
    } catch (thrown) {
      problem.value = t(problemKey(thrown))
      step.value = stepAfter(errorCode(thrown), errorReason(thrown))
    }
  }

  return { step, fields, busy, problem, estimate, digest, nanos, open, review, back, confirm }
}

/** What is typed for a payment, and what is wrong with it. */
function usePaymentForm() {
  const { locale } = useI18n()
  const wallet = useWallet()
  const form = ref({ to: '', amount: '', all: false, note: '', linkNote: '' })
  const touched = ref(false)
  /** Why the ledger would not take this amount; shown at the amount until it changes. */
  const refused = ref('')
  watch([() => form.value.amount, () => form.value.all, () => wallet.account], () => (refused.value = ''))

  const amount = useAmount(() => ({ text: form.value.amount, balance: wallet.balance, all: form.value.all }))
  const amountProblem = computed(() => {
    if (refused.value) return refused.value
    return touched.value || form.value.amount !== '' || form.value.all ? amount.problem.value : ''
  })

  /** Undefined while something is missing or wrong. */
  function order(): PaymentOrder | undefined {
    const { to, all, note } = form.value
    const nanos = amount.nanos.value
    return to === '' || nanos === undefined ? undefined : { to, nanos, all, note, account: wallet.account }
  }

  /** Fills in what a payment link asks for. */
  function take({ address, nanos, note }: PaymentLink): void {
    const typed = nanos === undefined ? form.value.amount : typedAmount(nanos, locale.value)
    form.value = { ...form.value, to: address, amount: typed, all: false, linkNote: note ?? '' }
  }

  return { form, touched, refused, amountProblem, amountWarning: amount.warning, order, take }
}
