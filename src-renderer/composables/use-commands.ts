import { Lock, MessageCircle, Network, QrCode, Send, Settings, UserPlus, Wallet } from '@lucide/vue'
import { type Component, computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { looksLikeAddress } from '../model/address.ts'
import { filterRows } from '../model/rows.ts'
import { useChats } from '../stores/chats.ts'
import { useNavigation } from '../stores/navigation.ts'
import { useSession } from '../stores/session.ts'
import { useTask } from './use-task.ts'

export interface Command {
  key: string
  name: string
  /** For a person. */
  address: string
  icon: Component | undefined
  run: () => void
}

const MOST_PEOPLE = 30

/** What the palette offers for a query: people first, then actions. */
export function useCommands(query: Ref<string>) {
  const { t } = useI18n()
  const chats = useChats()
  const navigation = useNavigation()
  const session = useSession()
  const { run: runTask } = useTask({ toast: true })
  const action = (key: string, icon: Component, run: () => void): Command => ({
    key,
    name: t(key),
    address: '',
    icon,
    run,
  })

  const actions = computed<Command[]>(() => [
    action('chats.add', UserPlus, () => navigation.open('add')),
    action('chats.myAddress', QrCode, () => navigation.open('mine')),
    action('pay.title', Send, () => navigation.open('pay')),
    action('nav.chats', MessageCircle, () => navigation.go('chats')),
    action('nav.wallet', Wallet, () => navigation.go('wallet')),
    action('nav.network', Network, () => navigation.go('network')),
    action('nav.settings', Settings, () => navigation.go('settings')),
    action('settings.lockNow', Lock, () => void runTask(() => session.lock())),
  ])
  const people = computed<Command[]>(() =>
    chats.rows.map(({ address, name }) => ({
      key: address,
      name,
      address,
      icon: undefined,
      run: () => navigation.go('chats', address),
    })),
  )
  return computed(() => {
    const found = [
      ...filterRows(people.value, query.value).slice(0, MOST_PEOPLE),
      ...filterRows(actions.value, query.value),
    ]
    if (found.length > 0 || !looksLikeAddress(query.value)) return found
    return [action('chats.addAddress', UserPlus, () => navigation.open('add', query.value.trim()))]
  })
}
