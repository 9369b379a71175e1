import type { LinkBody } from '../../wire/index.ts'
import type { Recipient, SendResult } from '../types.ts'
import type { LinkedNode } from './linked-node.ts'

/** A send as both sides count it. */
export interface CountedSend {
  to: Recipient
  envelope: Uint8Array
  /** Milliseconds that a mailbox may keep it. */
  ttl: number
  /** A contact request by a home node of its recipient: postage may be paid to it, as far as the user has agreed. */
  mayPay: boolean
}

/** An entry of a group's log as both sides count it. */
export interface CountedAppend {
  group: string
  epoch: number
  entry: Uint8Array
}

/** A page of a group's log, from an epoch on. */
export interface CountedRead {
  group: string
  from: number
}

/** Who counts what a device uses of nodes, and pays for it; see features/relay-fees. */
export interface RelayPayer {
  /** A node is linked anew. */
  linked(node: LinkedNode): void
  /**
   * What each of an address's home nodes asks of strangers: those that ask for least first. What the cheapest asks is for the user
   * to see.
   */
  cheapest(nodes: readonly LinkedNode[], address: string): Promise<LinkedNode[]>
  /** Whether a home node of the address, as far as is known what it asks, would be paid now. */
  canPay(address: string): boolean
  /** Runs a send; where the node asks for payment that can be made, pays and runs it again. */
  send(node: LinkedNode, send: CountedSend, attempt: () => Promise<SendResult>): Promise<SendResult>
  /** The same of a group's log. */
  append(
    node: LinkedNode,
    append: CountedAppend,
    attempt: () => Promise<LinkBody<'logResult'>>,
  ): Promise<LinkBody<'logResult'>>
  read(
    node: LinkedNode,
    read: CountedRead,
    attempt: () => Promise<LinkBody<'logEntries'>>,
  ): Promise<LinkBody<'logEntries'>>
}
