import { defineStore } from 'pinia'

/** Where the focus was before a dialog took it, so that it comes back there. */
export const useFocus = defineStore('focus', () => {
  let outside: HTMLElement | undefined

  addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement && !target.closest('[role=dialog], [role=menu]')) outside = target
  })

  /** Focuses it without the tooltip that a focus by keyboard opens: nobody went there to read it. */
  function giveBack(): void {
    if (!outside?.isConnected) return
    const silence = (event: FocusEvent) => event.stopImmediatePropagation()
    document.addEventListener('focus', silence, { capture: true, once: true })
    outside.focus()
    document.removeEventListener('focus', silence, { capture: true })
  }

  return { giveBack }
})
