import { watch } from 'vue'
import { useBackend } from '../backend/index.ts'
import { useActivity } from '../stores/activity.ts'
import { useChats } from '../stores/chats.ts'
import { useContacts } from '../stores/contacts.ts'
import { useMessages } from '../stores/messages.ts'
import { useNetwork } from '../stores/network.ts'
import { useRooms } from '../stores/rooms.ts'
import { useSession } from '../stores/session.ts'
import { useSettings } from '../stores/settings.ts'
import { useToasts } from '../stores/toasts.ts'
import { useUsage } from '../stores/usage.ts'
import { useWallet } from '../stores/wallet.ts'
import { useWords } from './use-words.ts'
import { errorCode } from '../model/errors.ts'

/** Loads what the window shows when the main process can be reached and the identity is open; forgets it when it locks. */
export function useStart(): void {
  const backend = useBackend()
  const session = useSession()
  const settings = useSettings()
  const toasts = useToasts()
  const words = useWords()
  const stores = { contacts: useContacts(), rooms: useRooms(), chats: useChats(), wallet: useWallet() }
  const network = useNetwork()
  const activity = useActivity()
  const usage = useUsage()
  const messages = useMessages()

  watch(
    backend.state,
    async (state) => {
      if (state !== 'up') return
      await Promise.all([session.refresh(), settings.load().catch(() => {})])
      if (session.status?.state === 'ready') await loadAll()
    },
    { immediate: true },
  )
  watch(
    () => session.status?.state,
    (state, before) => {
      if (state === 'ready' && before !== undefined) void loadAll()
      if (state !== 'ready') forget()
    },
  )

  // Another ledger has contacts, chats and payments of its own.
  watch(
    () => network.key,
    (key, before) => {
      if (before === undefined || key === undefined) return
      forget()
      if (session.status?.state === 'ready') void loadAll()
    },
  )

  async function loadAll(): Promise<void> {
    const loads = [settings.load(), network.load(), ...Object.values(stores).map((store) => store.load())]
    const results = await Promise.allSettled(loads)
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) toasts.show(words.error(errorCode(failed.reason)), 'bad')
  }

  function forget(): void {
    for (const store of Object.values(stores)) store.clear()
    activity.clear()
    usage.clear()
    messages.clear()
  }
}
