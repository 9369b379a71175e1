import { defineStore } from 'pinia'
import { ref } from 'vue'

export type Section = 'chats' | 'wallet' | 'network' | 'settings'
export type DialogName = 'add' | 'mine' | 'pay' | 'receive' | 'palette' | 'room' | 'request' | 'network'

interface Place {
  section: Section
  chat: string | undefined
}

/** Where the window is; the address bar's fragment carries it, so that back and forward work. */
export const useNavigation = defineStore('navigation', () => {
  const place = ref<Place>(parse(location.hash))
  const dialog = ref<DialogName>()
  /** What the open dialog starts with: an address to add, to pay or to ask, or a room's link. */
  const subject = ref('')

  addEventListener('hashchange', () => (place.value = parse(location.hash)))

  function go(section: Section, chat?: string): void {
    dialog.value = undefined
    location.hash = chat ? `#/${section}/${chat}` : `#/${section}`
    place.value = { section, chat }
  }

  /** For work that takes a while: goes on to its place, unless the user has gone elsewhere meanwhile. Its dialog is closed. */
  function afterwards(): (section: Section, chat?: string) => void {
    const { section: from, chat: whom } = place.value
    const about = dialog.value
    return (section, chat) => {
      if (dialog.value !== about) return
      if (place.value.section === from && place.value.chat === whom) go(section, chat)
      else close()
    }
  }

  function open(name: DialogName, about = ''): void {
    subject.value = about
    dialog.value = name
  }

  function close(): void {
    dialog.value = undefined
    subject.value = ''
  }

  return { place, dialog, subject, go, afterwards, open, close }
})

const sections: readonly string[] = ['chats', 'wallet', 'network', 'settings'] satisfies Section[]

function parse(hash: string): Place {
  const [, section = '', chat] = hash.split('/')
  if (!sections.includes(section)) return { section: 'chats', chat: undefined }
  return { section: section as Section, chat: /^0x[0-9a-f]{64}$/.test(chat ?? '') ? chat : undefined }
}
