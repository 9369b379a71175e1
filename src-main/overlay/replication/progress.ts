import { concat, toHex } from '../../base/index.ts'
import type { LocalState } from '../state/index.ts'
import { type Gap, Gaps } from './gaps.ts'

const INCARNATION_BYTES = 16
export const VIEW_BYTES = 16
const NUMBER_BYTES = 8

/** How far this node has read another one's changes. */
export interface Progress {
  /** Of the other node's state. */
  incarnation: Uint8Array
  /** Everything up to here was read. */
  seq: number
  /** What of it was refused, and may be taken later. */
  gaps: Gaps
  /** Where the gaps are looked at next. */
  turn: number
}

/** Answers the start where nothing is known, or it was read with another view of who keeps what. */
export function loadProgress(state: LocalState, nodeKey: string, view: Uint8Array): Progress {
  const row = state.rows.get('SELECT value FROM meta WHERE name = ?', nameOf(nodeKey))
  const value = row?.['value'] as Uint8Array | undefined
  const numbersAt = VIEW_BYTES + INCARNATION_BYTES
  if (!value || value.length <= numbersAt || toHex(value.subarray(0, VIEW_BYTES)) !== toHex(view))
    return { incarnation: new Uint8Array(INCARNATION_BYTES), seq: 0, gaps: new Gaps(), turn: 0 }
  const bytes = Buffer.from(value.subarray(numbersAt))
  const [seq = 0, turn = 0, ...places] = Array.from({ length: bytes.length / NUMBER_BYTES }, (_, at) =>
    Number(bytes.readBigUInt64BE(at * NUMBER_BYTES)),
  )
  const gaps: Gap[] = []
  for (let at = 0; at + 1 < places.length; at += 2) gaps.push({ after: places[at] ?? 0, until: places[at + 1] ?? 0 })
  return { incarnation: value.slice(VIEW_BYTES, numbersAt), seq, gaps: new Gaps(gaps), turn }
}

export async function saveProgress(
  state: LocalState,
  nodeKey: string,
  view: Uint8Array,
  { incarnation, seq, gaps, turn }: Progress,
): Promise<void> {
  const numbers = [seq, turn, ...gaps.all.flatMap(({ after, until }) => [after, until])]
  const bytes = Buffer.alloc(numbers.length * NUMBER_BYTES)
  for (const [at, number] of numbers.entries()) bytes.writeBigUInt64BE(BigInt(number), at * NUMBER_BYTES)
  await state.apply('setMeta', { name: nameOf(nodeKey), value: concat(view, incarnation, bytes) })
}

function nameOf(nodeKey: string): string {
  return `sync/${nodeKey}`
}
