import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Section } from '../stores/navigation.ts'
import { useNetwork } from '../stores/network.ts'
import { useWords } from './use-words.ts'

/**
 * Why a message was not sent, and where that can be changed. `payment_required` has two causes: with nodes one of them asks
 * to be paid, without any the ledger would be used and is not allowed.
 */
export function useFailure(failure: () => string | undefined) {
  const { t } = useI18n()
  const words = useWords()
  const network = useNetwork()
  const wantsPayment = computed(() => failure() === 'payment_required')
  const text = computed(() =>
    wantsPayment.value && !network.ledgerOnly ? t('reasons.nodeAsks') : words.error(failure()),
  )
  const place = computed<Section | undefined>(() => {
    if (!wantsPayment.value) return undefined
    return network.ledgerOnly ? 'settings' : 'network'
  })
  return { text, place }
}
