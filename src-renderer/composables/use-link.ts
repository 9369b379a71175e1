import { ref, type Ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { PaymentLink } from '../../src-main/contract/index.ts'
import { addressProblemKey } from '../model/errors.ts'
import { useWallet } from '../stores/wallet.ts'

/** Typing is checked after a short pause, so that a half-typed address is no error yet. */
const PAUSE_MS = 200

/** Reads a pasted address or payment link; `found` gets what it holds. What does not begin like one is left alone. */
export function useLink(input: Ref<string>, found: (link: PaymentLink) => void): Ref<string> {
  const wallet = useWallet()
  const { t } = useI18n()
  const problem = ref('')
  watch(input, (text, _before, onCleanup) => {
    problem.value = ''
    const trimmed = text.trim()
    if (!/^((parley|iota):|0x)/i.test(trimmed)) return
    let stale = false
    const timer = setTimeout(async () => {
      try {
        const link = await wallet.readLink(trimmed)
        if (!stale) found(link)
      } catch (thrown) {
        if (!stale) problem.value = t(addressProblemKey(thrown))
      }
    }, PAUSE_MS)
    onCleanup(() => {
      stale = true
      clearTimeout(timer)
    })
  })
  return problem
}
