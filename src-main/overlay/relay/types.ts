import type { NodeRecordValue, SendRequest } from '../../wire/index.ts'
import type { SendResult } from '../types.ts'
import type { DeviceLink } from './device-link.ts'

/** Who sends, as authenticated on a link here or vouched for by the node where it is linked. */
export interface Sender {
  address: string
  device: string
  /** Hex key of the node that vouches for it: what it says is counted apart, so that it uses up nothing of the sender's. */
  via?: string
}

/** Where an address is at home, as this node sees it. */
export interface Sector {
  /** The other living home nodes, nearest first. */
  others: NodeRecordValue[]
  /** Whether this node is a home node itself. */
  here: boolean
  /** Whether this node is the first of the home nodes. */
  first: boolean
  /** Whether this node is a candidate at least. */
  candidate: boolean
  /** The other candidates, those that are believed to be dead last. */
  spare: NodeRecordValue[]
}

/** The other nodes, as the relay needs them. */
export interface RelayPeers {
  sector(address: string): Sector
  /** Hands a send to that node; rejects with its refusal, or `offline`. */
  relay(node: NodeRecordValue, sender: Sender, send: SendRequest, live: boolean): Promise<SendResult>
  /** Whether the device is linked there. */
  findDevice(node: NodeRecordValue, address: string, device: string): Promise<boolean>
}

/** The other processes of this node. */
export interface RelaySiblings {
  /** Says that the link is here, which ends one elsewhere; the answer takes it back. */
  hold(link: DeviceLink): () => void
  /** True when the device is linked there and has it on disk. */
  deliver(sender: Sender, send: SendRequest): Promise<boolean>
  has(address: string, device: string): Promise<boolean>
}

/** A contact request to somebody who has not allowed its sender to write. */
export interface StrangersRequest {
  sender: Sender
  send: Pick<SendRequest, 'address' | 'device'>
  /** SHA-256 of the envelope, hex. */
  digest: string
  /** The sender is linked to this node: it can pay here. */
  direct: boolean
}

/** What strangers pay for their requests. */
export interface RelayPostage {
  /** Runs `work`, which takes the request; throws `payment_required` before where postage is asked and not paid. */
  carry(request: StrangersRequest, work: () => Promise<SendResult>): Promise<SendResult>
}

/**
 * How far a send may travel: a client's may go to other nodes; one from a node only to live devices at other nodes; a
 * `live` one to no other node; one from another process of this node nowhere else. So nothing circles.
 */
export type Reach = 'client' | 'node' | 'live' | 'process'
