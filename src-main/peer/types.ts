import type { IceServer } from '../overlay/index.ts'

/** Carries opaque signalling bytes (<= MAX_SIGNAL_BYTES) between two devices, sealed and signed by whoever provides it. */
export interface Signalling {
  /** Best effort: rejects where it cannot be sent now. A signal that costs money is sent once the other device can find it. */
  send(device: string, bytes: Uint8Array): Promise<void>
  on(listener: (device: string, bytes: Uint8Array) => void): () => void
  /**
   * True where every signal to this device costs money and is never lost: then each side sends a single one, and nothing is
   * tried again by itself. Absent: never.
   */
  whole?(device: string): boolean
}

export interface PeerEvents {
  /** A direct path opened or closed. `rttMs` is measured on it. */
  path: { device: string; open: boolean; rttMs?: number }
  /** The open path takes another way than it did: ICE has found a better one. */
  way: { device: string; kind: PathKind }
  /** A message came over the direct path; call `accept` when it is durable: only then does `send` resolve at the other side. */
  message: { device: string; bytes: Uint8Array; accept: () => void }
  /** A whole transfer, checked against its digest; call `accept` within 10 s: only then does `sendData` resolve. */
  data: { device: string; bytes: Uint8Array<ArrayBuffer>; label: Uint8Array; accept: () => void }
}

export interface SendDataOptions {
  /** At most 256 bytes that say what it is; the receiver decides by them whether it wants it. */
  label?: Uint8Array
  /** Cancels the transfer: it rejects with `conflict`. */
  signal?: AbortSignal
}

export interface PeerOptions {
  /** STUN and TURN servers with their credentials of now. */
  iceServers: readonly IceServer[]
  /**
   * False: no address of ours is ever revealed. Then candidates of TURN relays are the only ones that are gathered and told, and
   * where no TURN server is known no direct path is tried.
   */
  direct: boolean
  /** False: bulk data stays on the data channels within one network too; for measurements. */
  lan?: boolean
  /** For tests on loopback. */
  bindAddress?: string
}

/** How a direct path goes: within one network, across NAT, or through somebody's TURN relay. */
export type PathKind = 'lan' | 'nat' | 'turn'

export interface ConnectOptions {
  /** The session (16 bytes) of an offer of the other that came too late to be answered: ours takes its place, whoever is lower. */
  replaces?: Uint8Array
}

/**
 * Direct connections to devices over native data channels in a process of their own. A death of that process closes
 * every path, is restarted with back-off, and loses nothing: unanswered sends reject and go over the relay.
 */
export interface Peers {
  start(): Promise<void>
  stop(): Promise<void>
  on<K extends keyof PeerEvents>(name: K, listener: (payload: PeerEvents[K]) => void): () => void
  /** Starts a direct connection beside the relay; never awaited by a message. Does nothing where one is open or under way. */
  connect(device: string, options?: ConnectOptions): void
  disconnect(device: string): void
  /** The device has started again: what is there is closed, and what failed before puts nothing off any more. */
  renew(device: string): void
  isOpen(device: string): boolean
  /** An offer is out, or an answer. */
  isConnecting(device: string): boolean
  /** The open path was arranged by whole signals. */
  isWhole(device: string): boolean
  rttMs(device: string): number | undefined
  /** Of the open path; undefined while there is none. */
  kind(device: string): PathKind | undefined
  /** Bulk data goes over TLS within one network, beside the data channels. */
  hasLan(device: string): boolean
  /** Resolves when the other side has accepted (durable); rejects with `offline` or `timeout` (3 s). */
  send(device: string, bytes: Uint8Array): Promise<void>
  /**
   * Bulk data (at most 16 MiB) beside the messages, which it never holds up. Resolves when the other side has all of it,
   * checked, and has accepted it. Rejects with `offline` (no path, or lost on the way), `too_large`, `rate_limited`,
   * `timeout` (no progress for 20 s), `not_a_contact` (unwanted there) or `conflict` (cancelled). The bytes must not change.
   */
  sendData(device: string, bytes: Uint8Array, options?: SendDataOptions): Promise<void>
  setOptions(options: PeerOptions): void
  /** The machine may be in another network now: open paths prove themselves within a second, or are arranged anew at once. */
  checkPaths(): void
}

/** How a host starts the peer process (child_process, or Electron's utilityProcess): bytes in, bytes out, exit. */
export interface PeerProcess {
  readonly pid: number | undefined
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  onExit(listener: (code: number | null) => void): void
  kill(): void
}
export type SpawnPeerProcess = () => PeerProcess
