/** Most items of one page, as on a node. */
export const MAX_PAGE = 50

export interface Page<T> {
  data: T[]
  nextCursor: string | null
  hasNextPage: boolean
}

/** A page of a list that is in order already; `start` is the index of its first item. */
export function page<T>(items: readonly T[], start: number, limit: number, key: (item: T) => string): Page<T> {
  const data = items.slice(start, start + limit)
  const last = data.at(-1)
  return {
    data,
    nextCursor: last === undefined ? null : key(last),
    hasNextPage: start + data.length < items.length,
  }
}

export function pageSize(limit: number | null | undefined, most = MAX_PAGE): number {
  return Math.min(limit ?? most, most)
}

/** Index of the first item for which `after` holds, in a list where it never turns false again. */
export function firstIndex(length: number, after: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (after(middle)) high = middle
    else low = middle + 1
  }
  return low
}
