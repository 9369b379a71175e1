import { useI18n } from 'vue-i18n'
import { formatAmount, signedAmount } from '../model/amount.ts'
import { errorKey } from '../model/errors.ts'
import { clockTime, dayTitle, fullTime, listTime, spanWords } from '../model/time.ts'
import type { Transaction } from '../../src-main/contract/index.ts'

/** Times, amounts and errors in the language of the window. */
export function useWords() {
  const { t, locale } = useI18n()
  const days = () => ({ today: t('time.today'), yesterday: t('time.yesterday') })
  return {
    clock: (at: number) => clockTime(at, locale.value),
    inList: (at: number) => listTime(at, Date.now(), locale.value, days()),
    day: (at: number) => dayTitle(at, Date.now(), locale.value, days()),
    span: (ms: number) => spanWords(ms, locale.value),
    full: (at: number) => fullTime(at, locale.value),
    amount: (nanos: bigint) => formatAmount(nanos, locale.value),
    signed: (nanos: bigint, direction: Transaction['direction']) => signedAmount(nanos, direction, locale.value),
    error: (code: string | undefined) => t(errorKey(code)),
  }
}
