import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { decimalSeparator } from '../model/amount.ts'
import { type AmountField, checkAmount } from '../model/payment.ts'
import { useWords } from './use-words.ts'

type Field = Pick<AmountField, 'text'> & Partial<AmountField>

/** An amount as it is typed: NANOS once it can be used, and what is wrong with it in words. */
export function useAmount(field: () => Field) {
  const { t, locale } = useI18n()
  const words = useWords()
  const checked = computed(() => checkAmount({ locale: locale.value, balance: undefined, all: false, ...field() }))
  const problem = computed(() => {
    const { problem: key } = checked.value
    if (!key) return ''
    const separator = decimalSeparator(locale.value)
    return t(key, { separator, example: `4${separator}5`, amount: words.amount(field().balance ?? 0n) })
  })
  return {
    nanos: computed(() => checked.value.nanos),
    problem,
    warning: computed(() => (checked.value.warning ? t(checked.value.warning) : '')),
  }
}
