import { useI18n } from 'vue-i18n'
import type { Message } from '../../src-main/contract/index.ts'
import { requestLine } from '../model/requests.ts'
import { useSettings } from '../stores/settings.ts'
import { useWords } from './use-words.ts'

const MOST_CHARACTERS = 160

/** A message as one line, for the chat list and for a screen reader; without amounts while the wallet is hidden. */
export function useMessageLine() {
  const { t } = useI18n()
  const words = useWords()
  const settings = useSettings()
  return (message: Message): string => {
    const { payment, text = '' } = message
    if (!payment) return text.replace(/\s+/g, ' ').slice(0, MOST_CHARACTERS)
    if (settings.settings.walletHidden) return t('card.lineHidden')
    return t(requestLine(message), { amount: words.amount(payment.nanos) })
  }
}
