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
const CHARACTERS_PER_LINE = 62

/** A guess at a row's height in px before it is measured; a near guess keeps the scroll bar still. */
export function estimateHeight(message: Message, shape: BubbleShape): number {
  const lines = (message.text ?? '').split('\n')
  const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil((line.length + 12) / CHARACTERS_PER_LINE)), 0)
  return PADDING_PX + rows * LINE_PX + (shape.newDay ? DAY_PX : 0) + (shape.first ? 8 : 0)
}
