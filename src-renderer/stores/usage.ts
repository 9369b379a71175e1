import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { MethodResult, NetworkUsage } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'
import type { NodeUsage } from '../model/nodes.ts'

/** What the relay nodes served and what they are paid. Asked for only while it is looked at. */
export const useUsage = defineStore('usage', () => {
  const backend = useBackend()
  const usage = shallowRef<NetworkUsage>()
  /** Why the newest figures could not be had; the last ones stay. */
  const failure = ref<unknown>()

  /** Counts the questions: an answer to an older one is dropped. */
  let turn = 0

  async function load(): Promise<void> {
    const asked = ++turn
    try {
      const answer = await backend.call('network.usage', {})
      if (asked !== turn) return
      usage.value = answer
      failure.value = undefined
    } catch (thrown) {
      if (asked === turn) failure.value = thrown
    }
  }

  const creditCost = (nodeId: string, nanos: bigint): Promise<MethodResult<'network.creditCost'>> =>
    backend.call('network.creditCost', { nodeId, nanos })

  /** `prices`: those that were shown; without them nothing but postage is agreed to. */
  async function openCredit(
    nodeId: string,
    nanos: bigint,
    prices?: NodeUsage['prices'],
  ): Promise<MethodResult<'network.openCredit'>> {
    const opened = await backend.call('network.openCredit', { nodeId, nanos, ...(prices && { prices }) })
    void load()
    return opened
  }

  const closeCost = (nodeId: string): Promise<MethodResult<'network.closeCost'>> =>
    backend.call('network.closeCost', { nodeId })

  /** `mostFee`: NANOS of fees that were shown. */
  async function closeCredit(nodeId: string, mostFee: bigint): Promise<MethodResult<'network.closeCredit'>> {
    const closed = await backend.call('network.closeCredit', { nodeId, mostFee })
    void load()
    return closed
  }

  function clear(): void {
    turn++
    usage.value = undefined
    failure.value = undefined
  }

  return { usage, failure, load, creditCost, openCredit, closeCost, closeCredit, clear }
})
