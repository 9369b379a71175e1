/** Rows kept beyond both edges of the window; enough that a fast wheel does not show a gap. */
const OVERSCAN = 8

export interface RowRange {
  first: number
  /** One beyond the last. */
  end: number
}

/** Which rows of one height show, for a list whose upper edge stands `listTop` px below the window's (negative above it). */
export function visibleRows(count: number, rowPx: number, listTop: number, windowPx: number): RowRange {
  const first = Math.floor(-listTop / rowPx) - OVERSCAN
  const end = Math.ceil((windowPx - listTop) / rowPx) + OVERSCAN
  const bounded = (index: number) => Math.min(count, Math.max(0, index))
  return { first: bounded(first), end: bounded(end) }
}

/**
 * The indexes to render: those that show, and the focused row wherever it is, so that the focus is never lost, with its two
 * neighbours, so that an arrow key finds its row however long the page takes to scroll.
 */
export function renderedRows({ first, end }: RowRange, focused: number | undefined, count: number): number[] {
  const rows = new Set(Array.from({ length: end - first }, (_, index) => first + index))
  if (focused === undefined || focused >= count) return [...rows]
  for (let index = Math.max(0, focused - 1); index < Math.min(count, focused + 2); index++) rows.add(index)
  return [...rows].sort((a, b) => a - b)
}
