import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
  tone: 'ok' | 'bad'
}

/** Long enough to read two sentences; errors stay until they are dismissed. */
const SHOWN_MS = 6000
const MOST = 4

/** Short notices at the edge of the window. */
export const useToasts = defineStore('toasts', () => {
  const toasts = ref<Toast[]>([])
  let nextId = 1

  function show(text: string, tone: Toast['tone'] = 'ok'): void {
    const id = nextId++
    toasts.value = [...toasts.value.filter((toast) => toast.text !== text), { id, text, tone }].slice(-MOST)
    if (tone === 'ok') setTimeout(() => dismiss(id), SHOWN_MS)
  }

  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id)
  }

  return { toasts, show, dismiss }
})
