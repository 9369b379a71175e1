import { fromHex, toHex } from '../../base/index.ts'
import { type LinkBody, type LinkInput, MAX_FACTS_BYTES, MAX_FRAME_FACTS } from '../../wire/index.ts'
import type { Fact } from '../state/index.ts'
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
  const facts: Fact[] = []
  let bytes = 0
  let next = found.next
  for (const { seq, fact } of found.changes) {
    if (isMail(fact.kind) && duty(fact.address) !== 'mail') continue
    const size = sizeOf(fact)
    if (facts.length > 0 && bytes + size > MAX_FACTS_BYTES) {
      // This one comes with the next question.
      next = seq - 1
      break
    }
    bytes += size
    facts.push(fact)
  }
  return { incarnation: fromHex(state.incarnation), next, more: next !== after, facts: facts.map(encodeFact) }
}
