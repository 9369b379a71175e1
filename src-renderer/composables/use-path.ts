import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { useI18n } from 'vue-i18n'
import { type PathWords, pathWords } from '../model/states.ts'
import { useChats } from '../stores/chats.ts'
import { useContacts } from '../stores/contacts.ts'
import { useNetwork } from '../stores/network.ts'

const gone: PathWords = { key: 'path.offline', tone: 'quiet' }

/** How somebody is connected, in words and with a tone. */
export function usePath(address: MaybeRefOrGetter<string>) {
  const { t } = useI18n()
  const contacts = useContacts()
  const chats = useChats()
  const network = useNetwork()
  const words = computed(() => {
    const contact = contacts.byAddress.get(toValue(address))
    if (!contact) return gone
    const peer = network.peers.get(contact.address)
    const last = chats.byId.get(contact.address)?.last
    const waiting = last?.outgoing === true && (last.state === 'sending' || last.state === 'stored')
    const name = contacts.nameOf(contact.address)
    const { path, rttMs, way } = peer ?? {}
    const { wayOff, nodesAsk } = network
    return pathWords({ contact, name, path, rttMs, way, waiting, wayOff, nodesAsk })
  })
  const text = computed(() => {
    const path = t(words.value.key, words.value.params ?? {})
    const arranged = network.peers.get(toValue(address))?.arrangedBy === 'ledger' && words.value.tone === 'ok'
    return arranged ? t('path.arranged', { path }) : path
  })
  return { tone: computed(() => words.value.tone), text }
}
