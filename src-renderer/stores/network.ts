import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { GivenNode, NetworkChoice, NetworkName, NetworkStatus } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'

/** The ledger, the relay nodes, and how each person is connected. */
export const useNetwork = defineStore('network', () => {
  const backend = useBackend()
  const status = ref<NetworkStatus>()
  const choices = ref<NetworkChoice[]>([])
  /** The relay nodes that the user gave for this ledger. */
  const given = ref<GivenNode[]>([])
  const peers = computed(() => new Map(status.value?.peers.map((peer) => [peer.address, peer])))
  const isLocal = computed(() => status.value?.ledger.network === 'local')
  /** Whether people can only be reached through the ledger. */
  const ledgerOnly = computed(() => status.value?.links.length === 0)
  /** Whether nobody can be reached at all, as the only way is not allowed. */
  const wayOff = computed(() => ledgerOnly.value && status.value?.signalling?.allowed === false)
  /** Whether what goes through relay nodes waits until one of them has a deposit. */
  const nodesAsk = computed(() => status.value?.nodesAsk === true)
  /** What to say of this computer's clock where it is wrong, with its words' key. */
  const clock = computed(() => {
    const ahead = status.value?.clockAheadMs
    if (ahead === undefined) return undefined
    return { key: ahead > 0 ? 'network.clockAhead' : 'network.clockBehind', ms: Math.abs(ahead) } as const
  })
  /** Whether all that goes through others waits for what the user does about the network. */
  const waits = computed(() => nodesAsk.value || clock.value !== undefined)
  /** Changes when the window looks at another ledger, whose data are others. */
  const key = computed(
    () => status.value && `${status.value.ledger.network} ${status.value.ledger.url} ${chosen.value}`,
  )
  /** Times that this window has chosen: the same address may lead to other data, where its ledger was replaced. */
  const chosen = ref(0)

  backend.on('network', (next) => (status.value = next))

  async function load(): Promise<void> {
    status.value = await backend.call('network.status', {})
  }

  async function loadChoices(): Promise<void> {
    choices.value = (await backend.call('network.choices', {})).networks
  }

  async function loadGiven(): Promise<void> {
    given.value = (await backend.call('network.givenNodes', {})).nodes
  }

  async function addNode(address: string): Promise<void> {
    given.value = (await backend.call('network.addNode', { address })).nodes
  }

  async function removeNode(address: string): Promise<void> {
    given.value = (await backend.call('network.removeNode', { address })).nodes
  }

  async function choose(network: NetworkName, url?: string): Promise<void> {
    choices.value = (await backend.call('network.choose', { network, ...(url ? { url } : {}) })).networks
    chosen.value++
    await load()
  }

  const views = { status, choices, given, peers, isLocal, ledgerOnly, wayOff, nodesAsk, clock, waits, key }
  return { ...views, load, loadChoices, choose, loadGiven, addNode, removeNode }
})
