import type { Contact } from '../../contract/index.ts'
import type { DeviceCertificate, SealedContentInput } from '../../wire/index.ts'

/** What the contacts feature needs of the overlay and of the post. */
export interface ContactNetwork {
  isOnline(address: string): boolean
  /** The set of addresses whose presence is wanted and who may write here. */
  setContacts(addresses: readonly string[]): void
  /** Certificates of an address's devices: from living presence, otherwise from its key packages. Empty: none known yet. */
  devicesOf(address: string): Promise<DeviceCertificate[]>
  /** One key package per device. Empty: none published yet. */
  takeKeyPackages(address: string): Promise<{ device: DeviceCertificate; keyPackage: Uint8Array }[]>
  /** One key package of each other device of this user, or of those named. Empty where there is none. */
  ownKeyPackages(devices?: readonly string[]): Promise<{ device: DeviceCertificate; keyPackage: Uint8Array }[]>
  /** This device's id. */
  readonly ownDevice: string
  seal(device: DeviceCertificate, content: SealedContentInput): Promise<Uint8Array>
  /** Looks at the outbox after a commit. */
  wake(): void
  hasten(address: string): void
  /** What the other's home nodes ask of strangers for a request, and the NANOS to deposit before they can be paid; undefined for nothing. */
  postageOf(address: string): Contact['postage']
  /** The user agrees to so many NANOS of postage for the request that waits now; 0: to none. */
  agreePostage(address: string, nanos: bigint): void
  /** What was agreed to is over: the request was answered, or taken back. */
  forgetPostage(address: string): void
}

/** What the contacts feature needs of the end-to-end encrypted sessions. */
export interface ContactSessions {
  create(
    chat: string,
    keyPackages: Uint8Array[],
    persist: (made: { groupId: Uint8Array; welcome: Uint8Array; generation: number }) => void,
  ): Promise<unknown>
  members(groupId: Uint8Array): Promise<DeviceCertificate[]>
  joinByWelcome(
    welcome: Uint8Array,
    expectedAddress: string,
    persist: () => void,
    generation: number,
  ): Promise<{ activeChanged: boolean; members: DeviceCertificate[] }>
}

export interface ContactEvents {
  contact: { contact: Contact; removed: boolean }
  /** A contact's group is new: what waits for it or was not confirmed in an older one goes out in it. */
  group: { address: string }
}
