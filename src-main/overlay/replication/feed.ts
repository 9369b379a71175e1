import { fromHex, toHex } from '../../base/index.ts'
import {
  type LinkBody,
  type LinkInput,
  MAX_FACTS_BYTES,
  MAX_FRAME_FACTS,
  type WireFactValue,
} from '../../wire/index.ts'
import { encodeFact, sizeOf } from './codec.ts'
import { dutiesOf, isMail } from './duty.ts'
import type { ReplicationParts } from './types.ts'

/** What changed here since a cursor, of the addresses that the asking node has a duty for. */
export function changesFor(
  { state, map }: ReplicationParts,
  asking: string,
  { incarnation, cursor }: LinkBody<'syncSince'>,
): LinkInput<'changes'> {
  const after = toHex(incarnation) === state.incarnation ? cursor : 0
  const duty = dutiesOf(map, asking)
  const found = state.changes(after, MAX_FRAME_FACTS, (address) => duty(address) !== 'none')
  const facts: WireFactValue[] = []
  let bytes = 0
  let next = found.next
  for (const { seq, fact } of found.changes) {
    if (isMail(fact.kind) && duty(fact.address) !== 'mail') continue
    const wire = encodeFact(fact)
    const size = sizeOf(wire)
    if (facts.length > 0 && bytes + size > MAX_FACTS_BYTES) {
      // This one comes with the next question.
      next = seq - 1
      break
    }
    bytes += size
    facts.push(wire)
  }
  return { incarnation: fromHex(state.incarnation), next, more: next !== after, facts }
}
