import { useVirtualizer } from '@tanstack/vue-virtual'
import { type ComponentPublicInstance, computed, nextTick, onMounted, onScopeDispose, ref, type Ref, watch } from 'vue'
import type { Message } from '../../src-main/contract/index.ts'
import { bubbleShape, estimateHeight } from '../model/bubbles.ts'
import { END_PX } from '../model/stick.ts'
import { useChats } from '../stores/chats.ts'
import { useMessages } from '../stores/messages.ts'
import { repeatWhile } from './repeat.ts'
import { useStick } from './use-stick.ts'
import { useTask } from './use-task.ts'

/** Rows kept beyond both edges; enough that a fast wheel does not show a gap. */
const OVERSCAN = 8
/** Within this many rows of the oldest the next page is fetched, so that scrolling does not stop at a page. */
const LOAD_AHEAD_ROWS = 40
const PADDING_PX = 16

/** The part of a conversation that is on the screen: measured rows, older pages as one scrolls up, sticking to the end. */
export function useMessageWindow(address: () => string, scroller: Ref<HTMLElement | null>) {
  const store = useMessages()
  const conversation = computed(() => store.conversation(address()))
  const unseen = ref(0)
  const { atEnd, stick } = useStick(scroller)

  const at = (index: number): Message => conversation.value.messages[index] as Message
  const shape = (index: number) =>
    bubbleShape(conversation.value.messages[index - 1], at(index), conversation.value.messages[index + 1])

  const virtualizer = useVirtualizer(
    computed(() => ({
      count: conversation.value.messages.length,
      getScrollElement: () => scroller.value,
      getItemKey: (index: number) => at(index).id,
      estimateSize: (index: number) => estimateHeight(conversation.value.messages[index - 1], at(index)),
      // Beyond any end: the first rows that render are the newest.
      initialOffset: Number.MAX_SAFE_INTEGER,
      anchorTo: 'end' as const,
      followOnAppend: true,
      scrollEndThreshold: END_PX,
      overscan: OVERSCAN,
      paddingStart: PADDING_PX,
      paddingEnd: PADDING_PX,
    })),
  )
  const items = computed(() =>
    virtualizer.value.getVirtualItems().filter(({ index }) => index < conversation.value.messages.length),
  )
  const rows = computed(() => items.value.map(({ index }) => ({ index, message: at(index), shape: shape(index) })))
  const height = computed(() => `${virtualizer.value.getTotalSize()}px`)
  const offset = computed(() => {
    const room = Math.max(0, (scroller.value?.clientHeight ?? 0) - virtualizer.value.getTotalSize())
    return `translateY(${(items.value[0]?.start ?? 0) + room}px)`
  })
  const measure = (row: Element | ComponentPublicInstance | null) =>
    virtualizer.value.measureElement(row && '$el' in row ? (row.$el as Element) : (row as Element | null))

  function toEnd(): void {
    virtualizer.value.scrollToEnd()
    stick()
  }
  watch(scroller, (element) => element && toEnd(), { flush: 'post' })
  watch(atEnd, (end) => end && (unseen.value = 0))
  watch(() => conversation.value.messages.at(-1), onNewest)
  useOlderPages(address, () => scroller.value !== null && (items.value[0]?.index ?? Infinity) < LOAD_AHEAD_ROWS)

  function onNewest(message: Message | undefined, before: Message | undefined): void {
    if (!message || message.id === before?.id) return
    if (message.outgoing && before) toEnd()
    else if (before && !atEnd.value) unseen.value++
    markRead()
  }

  const markRead = useReading(address, atEnd)
  return { rows, height, offset, atEnd, unseen, measure, toEnd }
}

/** Loads older pages for as long as the oldest rows are near: one answer never makes the next page forgotten. */
function useOlderPages(address: () => string, isNear: () => boolean): void {
  const store = useMessages()
  const { fail } = useTask({ toast: true })
  const wanted = () => isNear() && !store.conversation(address()).complete
  const load = repeatWhile(wanted, async () => {
    await store.loadOlder(address())
    // The rows move away from the edge once they are rendered and scrolled to.
    await nextTick()
    await new Promise(requestAnimationFrame)
    return true
  })
  watch(wanted, (is) => is && void load().catch(fail))
}

/** Tells the main process what has been read: what a person could see, this chat at its end in a window that shows. */
function useReading(address: () => string, atEnd: Readonly<Ref<boolean>>): () => void {
  const store = useMessages()
  const chats = useChats()
  const { run } = useTask({ toast: true })

  function markRead(): void {
    const newest = store.conversation(address()).messages.findLast(({ outgoing }) => !outgoing)
    if (!newest || !atEnd.value || document.visibilityState !== 'visible') return
    void run(() => chats.markRead(address(), newest.id))
  }
  watch(atEnd, (end) => end && markRead())
  onMounted(() => document.addEventListener('visibilitychange', markRead))
  onMounted(markRead)
  onScopeDispose(() => document.removeEventListener('visibilitychange', markRead))
  return markRead
}
