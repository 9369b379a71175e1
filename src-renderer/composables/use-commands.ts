import {
  ArrowDownLeft,
  Lock,
  MessageCircle,
  Network,
  QrCode,
  Send,
  Settings,
  UserPlus,
  Users,
  Wallet,
} from '@lucide/vue'
import { type Component, computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { looksLikeAddress } from '../model/address.ts'
import { looksLikeRoom } from '../model/rooms.ts'
import { filterRows } from '../model/rows.ts'
import { useChats } from '../stores/chats.ts'
import { useNavigation } from '../stores/navigation.ts'
import { useSession } from '../stores/session.ts'
import { useSettings } from '../stores/settings.ts'
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
  const settings = useSettings()
  const { run: runTask } = useTask({ toast: true })
  const action = (key: string, icon: Component, run: () => void): Command => ({
    key,
    name: t(key),
    address: '',
    icon,
    run,
  })

  const money = computed<Command[]>(() =>
    settings.settings.walletHidden
      ? []
      : [
          action('pay.title', Send, () => navigation.open('pay')),
          action('receive.title', ArrowDownLeft, () => navigation.open('receive')),
          action('nav.wallet', Wallet, () => navigation.go('wallet')),
        ],
  )
  const actions = computed<Command[]>(() => [
    action('chats.add', UserPlus, () => navigation.open('add')),
    action('chats.myAddress', QrCode, () => navigation.open('mine')),
    action('room.create', Users, () => navigation.open('room')),
    ...money.value,
    action('nav.chats', MessageCircle, () => navigation.go('chats')),
    action('nav.network', Network, () => navigation.go('network')),
    action('networks.change', Network, () => navigation.open('network')),
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
    if (found.length > 0) return found
    if (looksLikeRoom(query.value))
      return [action('room.joinAction', Users, () => navigation.open('room', query.value.trim()))]
    if (!looksLikeAddress(query.value)) return []
    return [action('chats.addAddress', UserPlus, () => navigation.open('add', query.value.trim()))]
  })
}
