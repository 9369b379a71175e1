import { computed, onMounted, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { MethodResult } from '../../src-main/contract/index.ts'
import { errorReason, problemKey } from '../model/errors.ts'
import type { NodeUsage } from '../model/nodes.ts'
import { useUsage } from '../stores/usage.ts'
import { useTask } from './use-task.ts'

/** The end of a credit, from its cost to its result: nothing is signed that costs more than was shown. */
export function useEndCredit({ nodeId = '' }: NodeUsage) {
  const { t } = useI18n()
  const usage = useUsage()
  const cost = ref<MethodResult<'network.closeCost'>>()
  /** Why the figures are others than before. */
  const changed = ref('')
  const asking = useTask()
  const ending = useTask()

  const ask = () => asking.run(async () => void (cost.value = await usage.closeCost(nodeId)))
  onMounted(ask)

  /** What came of it; undefined where it did not end. */
  async function end(): Promise<MethodResult<'network.closeCredit'> | undefined> {
    changed.value = ''
    const shown = cost.value
    if (!shown) return void (await ask())
    const { burned, deposit, relay } = shown.fee
    return ending.run(async () => {
      try {
        return await usage.closeCredit(nodeId, burned + deposit + relay)
      } catch (thrown) {
        if (errorReason(thrown) !== 'higher_fee') throw thrown
        changed.value = t(problemKey(thrown))
        cost.value = undefined
        await ask()
        return undefined
      }
    })
  }

  const problem = computed(() => asking.problem.value || ending.problem.value || changed.value)
  return { cost, asking: asking.busy, ending: ending.busy, problem, end }
}
