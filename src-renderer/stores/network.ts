import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { NetworkStatus } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'

/** The ledger, the relay nodes, and how each person is connected. */
export const useNetwork = defineStore('network', () => {
  const backend = useBackend()
  const status = ref<NetworkStatus>()
  const peers = computed(() => new Map(status.value?.peers.map((peer) => [peer.address, peer])))
  const isLocal = computed(() => status.value?.ledger.network === 'local')

  backend.on('network', (next) => (status.value = next))

  async function load(): Promise<void> {
    status.value = await backend.call('network.status', {})
  }

  return { status, peers, isLocal, load }
})
