import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { problemKey } from '../model/errors.ts'
import { useToasts } from '../stores/toasts.ts'

/**
 * Runs one piece of work at a time: `busy` while it runs, `problem` with the sentence when it failed.
 * With `toast` a failure is also told at the edge of the window.
 */
export function useTask({ toast = false } = {}) {
  const { t } = useI18n()
  const toasts = useToasts()
  const busy = ref(false)
  const problem = ref('')

  async function run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    problem.value = ''
    try {
      return await work()
    } catch (thrown) {
      fail(thrown)
      return undefined
    } finally {
      busy.value = false
    }
  }

  /** Tells of a failure of work that runs by itself. */
  function fail(thrown: unknown): void {
    problem.value = t(problemKey(thrown))
    if (toast) toasts.show(problem.value, 'bad')
  }

  return { busy, problem, run, fail }
}
