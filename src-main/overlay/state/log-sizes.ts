/**
 * What a log counts for from its founding on, used or not: so what strangers do later never takes from a log the room for about
 * thirty changes of its group.
 */
export const RESERVED_BYTES = 32 * 1024
/** A log's own row, with its indexes, two lists of eight members, and the decision about the next ones. */
export const ROW_BYTES = 2_304
/** One entry's row and index beside the entry; also where it was promised and nothing came of it. */
export const SLOT_BYTES = 256
