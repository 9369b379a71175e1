/** Within this many px of the end a list counts as at its end. */
export const END_PX = 60
/** Rounding of scroll positions on screens with a scale. */
const ROUNDING_PX = 1

export interface ScrollPlace {
  /** Position of the upper edge in px. */
  top: number
  /** The largest `top` there can be. */
  max: number
}

/**
 * Whether a list goes on standing at its end after its place changed. Rows that turn out taller or lower, or a list that
 * grows or shrinks, move the place without anybody's will: only going up by more than that leaves the end.
 */
export function sticks(stuck: boolean, before: ScrollPlace, now: ScrollPlace): boolean {
  if (now.max - now.top <= END_PX) return true
  const byItself = Math.max(0, before.max - now.max)
  return stuck && before.top - now.top <= byItself + ROUNDING_PX
}
