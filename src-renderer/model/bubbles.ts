import type { Message } from '../../src-main/contract/index.ts'
import { daysBetween } from './time.ts'

/** Messages of one author within this time stand together as one thought. */
const GROUP_GAP_MS = 5 * 60_000

export interface BubbleShape {
  /** Whether a day starts with this message. */
  newDay: boolean
  /** Whether it is the first and the last of a group of its author. */
  first: boolean
  last: boolean
}

/** How a message stands between its neighbours; asked for one row at a time, so that 10,000 rows cost nothing. */
export function bubbleShape(before: Message | undefined, message: Message, after: Message | undefined): BubbleShape {
  return {
    newDay: !before || daysBetween(before.sentAt, message.sentAt) !== 0,
    first: !before || !together(before, message),
    last: !after || !together(message, after),
  }
}

function together(earlier: Message, later: Message): boolean {
  if (earlier.author !== later.author) return false
  if (later.sentAt - earlier.sentAt > GROUP_GAP_MS) return false
  return daysBetween(earlier.sentAt, later.sentAt) === 0
}

const LINE_PX = 21
const PADDING_PX = 19
const DAY_PX = 40
/** A payment card with its amount, state and one row of buttons. */
const CARD_PX = 150
const FIRST_PX = 8
const CHARACTERS_PER_LINE = 62

const DAY_MS = 86_400_000

/**
 * A guess at a row's height in px before it is measured; a near guess keeps the scroll bar still. It runs for every
 * message of a chat when the list mounts, so it makes no dates: days are those of UTC.
 */
export function estimateHeight(before: Message | undefined, message: Message): number {
  const text = message.text ?? ''
  const breaks = text.includes('\n') ? text.split('\n').length - 1 : 0
  if (message.payment) return CARD_PX + (opensDay(before, message) ? DAY_PX : 0)
  const rows = breaks + Math.ceil((text.length + 12) / CHARACTERS_PER_LINE)
  const newDay = opensDay(before, message)
  const first = before?.author !== message.author
  return PADDING_PX + rows * LINE_PX + (newDay ? DAY_PX : 0) + (first ? FIRST_PX : 0)
}

function opensDay(before: Message | undefined, message: Message): boolean {
  return !before || Math.floor(before.sentAt / DAY_MS) !== Math.floor(message.sentAt / DAY_MS)
}
