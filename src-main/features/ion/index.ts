/**
 * ION: connections arranged through the ledger alone, for where no S2 node can be used (PROTOCOL section 7).
 *
 *   const watch = board.watch(address, { magic, from: 'kept', expecting: () => true }, async (memos) => { … })
 *   const { digest, fee } = await board.post(address, sealed, 'contact')
 *   watch.stop()
 *
 * `Cards` finds devices by address, `CardKeeper` keeps this one findable, `Letters` opens what comes, `Reach` decides when a
 * connection is worth a record.
 */
export { type BoardParts, createMemoBoard, type MemoPayer } from './board.ts'
export { CardKeeper, type CardKeeperParts } from './card-keeper.ts'
export type { LedgerCard } from './card.ts'
export { Cards, type CardParts } from './cards.ts'
export { ALONE_MS, MOST_SEEKING, SEEK_FIRST_MS, SEEK_MOST_MS, SETTLE_MS } from './constants.ts'
export { EarlySignals } from './early-signals.ts'
export { type LedgerSignal, Letters, type LetterParts } from './letters.ts'
export { Reach, type ReachParts } from './reach.ts'
export type {
  CardState,
  MemoBoard,
  MemoListener,
  MemoPurpose,
  MemoWatch,
  PostedMemo,
  Spent,
  WatchOptions,
} from './types.ts'
export { Whereabouts } from './whereabouts.ts'
