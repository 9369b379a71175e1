import type { LinkBody, LinkFrameName, LinkInput } from '../../wire/index.ts'
import type { Recipient, SendResult } from '../types.ts'

/** A node that is linked now. */
export interface LinkedNode {
  /** Hex. */
  readonly nodeKey: string
  /** `wss://host:port` */
  readonly endpoint: string
  /** One of this device's home nodes. */
  readonly home: boolean
  /** Rejects with what the node answers, `offline` or `timeout`. */
  request<N extends LinkFrameName, A extends LinkFrameName>(
    name: N,
    body: LinkInput<N>,
    answer: A,
    ms?: number,
  ): Promise<LinkBody<A>>
}

/** A send as both sides count it. */
export interface CountedSend {
  to: Recipient
  envelope: Uint8Array
  /** Milliseconds that a mailbox may keep it. */
  ttl: number
}

/** Who counts what a device uses of nodes, and pays for it; see features/relay-fees. */
export interface RelayPayer {
  /** A node is linked anew. */
  linked(node: LinkedNode): void
  /** Runs a send; where the node asks for payment that can be made, pays and runs it again. */
  send(node: LinkedNode, send: CountedSend, attempt: () => Promise<SendResult>): Promise<SendResult>
}
