/**
 * ION: connections arranged through the ledger alone, for where no S2 node can be used (PROTOCOL section 7).
 *
 *   const watch = board.watch(address, { magic, from: 'kept', expecting: () => true }, async (memos) => { … })
 *   const { digest, fee } = await board.post(address, sealed, 'contact')
 *   watch.stop()
 */
export { type BoardParts, createMemoBoard, type MemoPayer } from './board.ts'
export type { MemoBoard, MemoListener, MemoPurpose, MemoWatch, PostedMemo, Spent, WatchOptions } from './types.ts'
