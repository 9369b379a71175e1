import type { DeviceCertificate } from '../wire/index.ts'
import type { SigningKey } from './ed25519.ts'

export interface MlsIdentity {
  /** The device's `SignedDeviceCertificate`: the identity in every leaf of this device. */
  certificate: Uint8Array
  /** Signs for every leaf; never stored in a state. */
  deviceKey: SigningKey
  /** Ms since 1970. */
  now: () => number
}

/** A key package and its private half. */
export interface MlsKeyPackage {
  /** Hex of the KeyPackageRef (RFC 9420, section 5.2). */
  id: string
  /** MLSMessage with the KeyPackage. */
  publicBytes: Uint8Array
  privateBytes: Uint8Array
}

export interface MlsJoined {
  groupId: Uint8Array
  state: Uint8Array
  usedPackage: string
  members: DeviceCertificate[]
  /** Who signed the invitation. */
  creator: DeviceCertificate
  logId: Uint8Array | undefined
}

/** This device's place among the devices of a group, from 0. */
export interface MlsStanding {
  epoch: number
  place: number
  devices: number
}

export type MlsIncoming =
  | { kind: 'application'; plaintext: Uint8Array; sender: DeviceCertificate }
  | { kind: 'commit'; sender: DeviceCertificate; removedSelf: boolean }

/**
 * MLS (RFC 9420) over ts-mls with X-Wing, every leaf bound to a device certificate. States are bytes; those in use are
 * kept in memory after `load`. Not for concurrent calls on one group. Not audited.
 *
 * Throws MlsError (`conflict` with a reason), `bad_signature`, `expired`, `invalid_params`, `not_supported`,
 * `too_large`, `unauthorized`, and `not_found` for a group that is not loaded.
 */
export interface Mls {
  createKeyPackages(count: number): Promise<MlsKeyPackage[]>
  /**
   * Neither this nor `join` loads the group: the state must be on disk first. `logId` (32 bytes) names the log that orders
   * key updates of more than two devices; only members can tell it.
   */
  createGroup(
    groupId: Uint8Array,
    members: Uint8Array[],
  ): Promise<{ state: Uint8Array; welcome: Uint8Array; logId: Uint8Array | undefined }>
  welcomeRefs(welcome: Uint8Array): Promise<string[]>
  join(welcome: Uint8Array, candidates: MlsKeyPackage[]): Promise<MlsJoined>
  load(groupId: Uint8Array, state: Uint8Array): Promise<void>
  members(groupId: Uint8Array): Promise<DeviceCertificate[]>
  encrypt(groupId: Uint8Array, plaintext: Uint8Array): Promise<{ message: Uint8Array; state: Uint8Array }>
  /** Refuses a commit in a group of more than two devices with `not_supported`: there the log decides. */
  receive(groupId: Uint8Array, message: Uint8Array): Promise<MlsIncoming & { state: Uint8Array }>
  /** In a group of two; the leaf takes the identity's certificate where that is newer. Undefined while it is another device's turn. */
  update(groupId: Uint8Array): Promise<{ commit: Uint8Array; state: Uint8Array } | undefined>
  standing(groupId: Uint8Array): Promise<MlsStanding>
  /** New keys as an entry for the group's log, and the state after it; the leaf as with `update`. Nothing changes until it is adopted. */
  prepareUpdate(groupId: Uint8Array): Promise<{ entry: Uint8Array; next: Uint8Array }>
  /** The log has decided for the entry that `next` came with. Throws `state_lost` where it does not fit. */
  adoptUpdate(groupId: Uint8Array, next: Uint8Array): Promise<{ state: Uint8Array }>
  /**
   * Another's entry in the log. Undefined where it is no key update for this epoch: all members find that alike, and pass it
   * over. Throws `state_lost` where the others can follow it and this device cannot.
   */
  followUpdate(
    groupId: Uint8Array,
    entry: Uint8Array,
  ): Promise<{ state: Uint8Array; sender: DeviceCertificate } | undefined>
  forget(groupId: Uint8Array): Promise<void>
}
