/** Arrow keys, Home and End move the focus among the elements of a list that match the selector. */
export function moveFocus(event: KeyboardEvent, selector: string): void {
  const list = event.currentTarget as HTMLElement
  const items = [...list.querySelectorAll<HTMLElement>(selector)]
  const at = items.indexOf(document.activeElement as HTMLElement)
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
  if (target === undefined || items.length === 0) return
  event.preventDefault()
  items[Math.min(items.length - 1, Math.max(0, target))]?.focus()
}
