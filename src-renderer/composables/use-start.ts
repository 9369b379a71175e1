import { watch } from 'vue'
import { useBackend } from '../backend/index.ts'
import { useChats } from '../stores/chats.ts'
import { useContacts } from '../stores/contacts.ts'
import { useMessages } from '../stores/messages.ts'
import { useNetwork } from '../stores/network.ts'
import { useSession } from '../stores/session.ts'
import { useSettings } from '../stores/settings.ts'
import { useToasts } from '../stores/toasts.ts'
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
  const stores = { contacts: useContacts(), chats: useChats(), network: useNetwork(), wallet: useWallet() }
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

  async function loadAll(): Promise<void> {
    const results = await Promise.allSettled([settings.load(), ...Object.values(stores).map((store) => store.load())])
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) toasts.show(words.error(errorCode(failed.reason)), 'bad')
  }

  function forget(): void {
    stores.contacts.clear()
    stores.chats.clear()
    stores.wallet.clear()
    messages.clear()
  }
}
