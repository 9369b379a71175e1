import { toBase64 } from '@iota/bcs'
import type { LocalNode } from '../node.ts'
import { shownType } from '../objects/index.ts'
import type { ChainEvent } from '../types.ts'

/** An event as a node shows it; one that was only tried has no time. */
export function eventView(node: LocalNode, event: ChainEvent, tried = false): object {
  return {
    id: { txDigest: event.transaction, eventSeq: event.sequence.toString() },
    packageId: event.packageId,
    transactionModule: event.module,
    sender: event.sender,
    type: shownType(event.type),
    parsedJson: parsedEvent(node, event),
    bcsEncoding: 'base64',
    bcs: toBase64(event.contents),
    timestampMs: tried ? null : String(event.time),
  }
}

export function parsedEvent(node: LocalNode, { type, contents }: ChainEvent): unknown {
  return node.chain.machine.render(type, contents)
}
