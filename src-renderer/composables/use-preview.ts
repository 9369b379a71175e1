import { ref, type Ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { MethodResult } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'
import { addressProblemKey } from '../model/errors.ts'

export type AddressPreview = MethodResult<'contacts.preview'>

/** Typing is checked after a short pause, so that a half-typed address is no error yet. */
const PAUSE_MS = 200

/** What the main process says of a pasted address. `wanted` may hold a check back, as while a name is being typed. */
export function usePreview(input: Ref<string>, wanted: (text: string) => boolean = () => true) {
  const backend = useBackend()
  const { t } = useI18n()
  const preview = ref<AddressPreview>()
  const problem = ref('')

  watch(
    input,
    (text, _before, onCleanup) => {
      preview.value = undefined
      problem.value = ''
      const trimmed = text.trim()
      if (trimmed === '' || !wanted(trimmed)) return
      let stale = false
      const timer = setTimeout(async () => {
        try {
          const found = await backend.call('contacts.preview', { address: trimmed })
          if (!stale) preview.value = found
        } catch (thrown) {
          if (!stale) problem.value = t(addressProblemKey(thrown))
        }
      }, PAUSE_MS)
      onCleanup(() => {
        stale = true
        clearTimeout(timer)
      })
    },
    { immediate: true },
  )
  return { preview, problem }
}
