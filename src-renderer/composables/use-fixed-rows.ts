import { computed, onMounted, onScopeDispose, ref, type Ref, watch } from 'vue'
import { renderedRows, visibleRows } from '../model/fixed-rows.ts'

/**
 * The rows of one height that show of a list that stands in a page which scrolls; `count` may be any number. The list's
 * place is read from the page itself, so whatever stands above it may come and go.
 */
export function useFixedRows(list: Ref<HTMLElement | null>, rowPx: number, count: () => number) {
  const place = ref({ top: 0, height: 0 })
  const focused = ref<number>()
  let page: HTMLElement | null = null
  const range = computed(() => visibleRows(count(), rowPx, place.value.top, place.value.height))
  const indexes = computed(() => renderedRows(range.value, focused.value, count()))

  function read(): void {
    if (!page || !list.value) return
    const frame = page.getBoundingClientRect()
    place.value = { top: list.value.getBoundingClientRect().top - frame.top, height: frame.height }
  }
  const sizes = new ResizeObserver(read)

  function observe(element: HTMLElement | null): void {
    page?.removeEventListener('scroll', read)
    sizes.disconnect()
    page = element?.closest<HTMLElement>('[data-scroll-page]') ?? null
    if (!page) return
    page.addEventListener('scroll', read, { passive: true })
    sizes.observe(page)
    if (page.firstElementChild) sizes.observe(page.firstElementChild)
    read()
  }
  onMounted(() => observe(list.value))
  watch(list, observe, { flush: 'post' })
  onScopeDispose(() => observe(null))

  return { indexes, end: computed(() => range.value.end), focused }
}
