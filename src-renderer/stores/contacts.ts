import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Contact, MethodInput } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'
import { displayName, shortAddress } from '../model/address.ts'

/** People: contacts, requests in both directions, and the blocked. */
export const useContacts = defineStore('contacts', () => {
  const backend = useBackend()
  const byAddress = ref(new Map<string, Contact>())
  const loaded = ref(false)
  const ofState = (wanted: Contact['state']) => all.value.filter(({ state }) => state === wanted)
  const all = computed(() => [...byAddress.value.values()])
  const accepted = computed(() => ofState('accepted'))
  const blocked = computed(() => ofState('blocked'))

  backend.on('contact', ({ contact, removed }) => (removed ? byAddress.value.delete(contact.address) : put(contact)))
  backend.on('presence', ({ address, online }) => {
    const contact = byAddress.value.get(address)
    if (contact) put({ ...contact, online })
  })

  function put(contact: Contact): Contact {
    byAddress.value.set(contact.address, contact)
    return contact
  }

  function nameOf(address: string): string {
    const contact = byAddress.value.get(address)
    return contact ? displayName(contact) : shortAddress(address)
  }

  async function load(): Promise<void> {
    const { contacts } = await backend.call('contacts.list', {})
    byAddress.value = new Map(contacts.map((contact) => [contact.address, contact]))
    loaded.value = true
  }

  const add = async (input: MethodInput<'contacts.add'>) => put(await backend.call('contacts.add', input))
  const accept = async (address: string) => put(await backend.call('contacts.accept', { address }))
  const block = async (address: string) => put(await backend.call('contacts.block', { address }))
  const rename = async (address: string, name: string) => put(await backend.call('contacts.rename', { address, name }))

  async function drop(method: 'contacts.ignore' | 'contacts.remove', address: string): Promise<void> {
    await backend.call(method, { address })
    byAddress.value.delete(address)
  }
  const ignore = (address: string) => drop('contacts.ignore', address)
  const remove = (address: string) => drop('contacts.remove', address)
  const unblock = (address: string) => backend.call('contacts.unblock', { address }).then(load)

  function clear(): void {
    byAddress.value = new Map()
    loaded.value = false
  }

  return {
    byAddress,
    all,
    accepted,
    blocked,
    loaded,
    nameOf,
    load,
    add,
    accept,
    ignore,
    block,
    unblock,
    rename,
    remove,
    clear,
  }
})
