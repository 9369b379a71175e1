import type { Clock, Log, Random } from '../base/index.ts'
import type { SignalBodyValue } from '../wire/index.ts'
import type { Allowance } from './allowance.ts'
import type { Command } from './ipc.ts'
import type { PeerEvents, PeerOptions } from './types.ts'

/** What a link (`L`) asks of its owner. */
export interface LinkParts<L> {
  clock: Clock
  random: Random
  log: Log
  /** On simultaneous offers: ours stands (lower address, then lower device id). */
  ours: boolean
  options(): PeerOptions
  /** False while there is no peer process. */
  ready(): boolean
  /** Makes room for one more connection, or answers false. */
  admit(): boolean
  /** A new connection number whose reports come to this link. */
  allot(link: L): number
  release(connection: number): void
  post(command: Command): void
  signal(session: Uint8Array, body: SignalBodyValue, sent?: () => void): void
  /** Signals to this device cost money now. */
  whole(): boolean
  emit<K extends keyof PeerEvents>(name: K, payload: PeerEvents[K]): void
  /** Whether a transfer of bulk data from this device is wanted. */
  wantsData(device: string, label: Uint8Array): boolean
  /** Memory for bulk data of all links together. */
  allowance: Allowance
}
