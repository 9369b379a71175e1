/** Most items of one page, as on a node. */
export const MAX_PAGE = 50

export interface Page<T, Cursor = string> {
  data: T[]
  nextCursor: Cursor | null
  hasNextPage: boolean
}

/** A page of a list sorted by id; it begins after `cursor`, which need not exist any more. */
export function idPage<T extends { id: string }>(
  items: readonly T[],
  cursor: string | null | undefined,
  limit: number | null | undefined,
): Page<T> {
  const start = cursor == null ? 0 : firstIndex(items.length, (index) => (items[index]?.id ?? '') > cursor)
  return pageOf(items.slice(start, start + pageSize(limit) + 1), pageSize(limit), ({ id }) => id)
}

/** A page of items that were read one further than it holds, so that it is known whether there are more. */
export function pageOf<T, Cursor>(items: readonly T[], size: number, key: (item: T) => Cursor): Page<T, Cursor> {
  const data = items.slice(0, size)
  const last = data.at(-1)
  return { data, nextCursor: last === undefined ? null : key(last), hasNextPage: items.length > size }
}

export function pageSize(limit: number | null | undefined, most = MAX_PAGE): number {
  return Math.min(limit ?? most, most)
}

/** Index of the first item for which `after` holds, in a list where it never turns false again. */
function firstIndex(length: number, after: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (after(middle)) high = middle
    else low = middle + 1
  }
  return low
}
