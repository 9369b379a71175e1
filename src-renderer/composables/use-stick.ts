import { onScopeDispose, ref, type Ref, watch } from 'vue'
import { type ScrollPlace, sticks } from '../model/stick.ts'

/**
 * Keeps a list at its end while it stands there: when rows turn out taller, when new ones come, and when the list itself
 * shrinks, as under a composer that grows. Only a person who scrolls up leaves the end.
 */
export function useStick(scroller: Readonly<Ref<HTMLElement | null>>) {
  const atEnd = ref(true)
  let last: ScrollPlace = { top: 0, max: 0 }

  function place(): ScrollPlace {
    const list = scroller.value
    return list ? { top: list.scrollTop, max: list.scrollHeight - list.clientHeight } : last
  }

  function onScroll(): void {
    const now = place()
    atEnd.value = sticks(atEnd.value, last, now)
    last = now
  }

  /** What a person scrolls is told by a scroll event first: a place that changed without one is nobody's will. */
  function onResize(): void {
    const now = place()
    atEnd.value ||= sticks(false, last, now)
    last = now
    if (atEnd.value) toLast()
  }

  function toLast(): void {
    const list = scroller.value
    if (list) list.scrollTop = list.scrollHeight
    last = place()
    // At once, not with the next frame: the rows that are measured meanwhile are placed by where the list stands.
    list?.dispatchEvent(new Event('scroll'))
  }

  const sizes = new ResizeObserver(onResize)
  watch(
    scroller,
    (list, before) => {
      before?.removeEventListener('scroll', onScroll)
      sizes.disconnect()
      if (!list) return
      list.addEventListener('scroll', onScroll, { passive: true })
      sizes.observe(list)
      if (list.firstElementChild) sizes.observe(list.firstElementChild)
    },
    { flush: 'post', immediate: true },
  )
  onScopeDispose(() => sizes.disconnect())

  function stick(): void {
    atEnd.value = true
    toLast()
  }
  return { atEnd, stick }
}
