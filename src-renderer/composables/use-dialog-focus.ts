import { type InjectionKey, onBeforeUnmount } from 'vue'

/** Closes the dialog around: an Escape that only closed a tooltip within it would look like none. */
export const escapeDialog: InjectionKey<() => void> = Symbol('escape')

const WANTING = '[autofocus]:enabled, input:enabled, textarea:enabled'

/**
 * The focus within a dialog: when it opens, and when a later step took away what had the focus, it goes to the first field or
 * to what asks for it by `autofocus`, as soon as that is there and enabled. It is never taken from anything that has it.
 */
export function useDialogFocus() {
  let content: HTMLElement | undefined
  const observer = new MutationObserver((mutations) => {
    const { activeElement } = document
    if (activeElement !== document.body && activeElement !== content) return
    mutations.flatMap(wanting)[0]?.focus()
  })
  onBeforeUnmount(() => observer.disconnect())

  /** To the first field rather than to the close button, whose tooltip would open. */
  function enter(event: Event): void {
    event.preventDefault()
    content = event.target as HTMLElement
    const field = content.querySelector<HTMLElement>(WANTING)
    ;(field ?? content).focus()
    observer.disconnect()
    observer.observe(content, { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled'] })
  }

  return { enter }
}

/** What came or was enabled by this change and wants the focus. */
function wanting({ type, target, addedNodes }: MutationRecord): HTMLElement[] {
  return (type === 'attributes' ? [target] : [...addedNodes]).flatMap((node) => {
    if (!(node instanceof HTMLElement)) return []
    return node.matches(WANTING) ? [node] : [...node.querySelectorAll<HTMLElement>(WANTING)]
  })
}
