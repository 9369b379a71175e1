import { type Clock, silentLog, systemClock, systemRandom, toHex } from '../base/index.ts'
import { encode, Envelope, MAX_ENVELOPE_BYTES } from '../wire/index.ts'
import { testIdentity } from '../testing/testnet-nodes.ts'
import { createOverlay } from './client/overlay.ts'
import { parseNodeAddress } from './link/address.ts'
import { dial } from './link/dial.ts'
import { signAllowed } from './mailbox/allow-list.ts'
import { signKeyPackage } from './mailbox/key-package.ts'
import { openNodeFiles } from './node/files.ts'
import type { NodeMemory, Overlay, OverlayIdentity, Recipient } from './types.ts'

/** For the tests of this folder: a device with what it received. */
export interface TestDevice {
  identity: OverlayIdentity
  overlay: Overlay
  to: Recipient
  received: { id: string; accept: () => void }[]
  envelope(size?: number): { id: string; bytes: Uint8Array }
}

export interface TestDeviceOptions {
  identity?: OverlayIdentity
  accept?: boolean
  chain?: string
  salt?: () => Uint8Array
  clock?: Clock
  memory?: NodeMemory
}

export function createDevice(nodes: readonly string[], options: TestDeviceOptions = {}): TestDevice {
  const identity = options.identity ?? testIdentity()
  const overlay = createOverlay({
    identity,
    chain: options.chain ?? '0badcafe',
    nodes: nodes.map(parseNodeAddress),
    salt: () => Promise.resolve(options.salt?.() ?? new Uint8Array(32)),
    ...(options.memory ? { memory: options.memory } : {}),
    clock: options.clock ?? systemClock,
    random: systemRandom,
    log: silentLog,
  })
  const received: TestDevice['received'] = []
  overlay.on('envelope', ({ bytes, accept }) => {
    received.push({ id: toHex(bytes.subarray(1, 17)), accept })
    if (options.accept !== false) accept()
  })
  const to = { address: identity.certificate.addressText, device: identity.certificate.deviceId }
  return { identity, overlay, to, received, envelope: (size) => testEnvelope(identity, size) }
}

/** Each writes to all others in turn, one message after the other, until it is stopped. */
export function writeToEachOther(devices: readonly TestDevice[]) {
  const acknowledged: { to: TestDevice; id: string }[] = []
  let running = true
  const writers = devices.map(async (from, index) => {
    for (let turn = 0; running; turn++) {
      const to = devices[(index + 1 + (turn % (devices.length - 1))) % devices.length] as TestDevice
      const { id, bytes } = from.envelope()
      const sent = await from.overlay.send(to.to, bytes, 'message', 24 * 3_600_000).catch(() => undefined)
      if (sent) acknowledged.push({ to, id })
    }
  })
  const stop = async () => {
    running = false
    await Promise.all(writers)
  }
  const haveArrived = () => acknowledged.every(({ to, id }) => to.received.some((each) => each.id === id))
  return { acknowledged, stop, haveArrived }
}

/** A link to a node as a device, with nothing behind it. */
export async function dialAs({ certificate, deviceKey: key }: OverlayIdentity, to: string, chain = '0badcafe') {
  const credentials = { role: 'device', certificate: certificate.signed, key } as const
  return (await dial({ node: parseNodeAddress(to), credentials, chain, random: systemRandom, log: silentLog }))
    .connection
}

/** A link to a node in the hands of whoever has another node's key, which runs at `address` with its data in `folder`. */
export async function dialAsNode(folder: string, address: string, to: string, chain = '0badcafe') {
  const { key } = await openNodeFiles(folder, systemClock, systemRandom)
  const { endpoints, fingerprint } = parseNodeAddress(address)
  const record = { nodeKey: toHex(key.publicKey), endpoints: [...endpoints], fingerprint, object: null }
  const credentials = { role: 'node', record, key } as const
  return (await dial({ node: parseNodeAddress(to), credentials, chain, random: systemRandom, log: silentLog }))
    .connection
}

/** A signed list of who may write, as a device says it to its node. */
export function allowList({ certificate, deviceKey }: OverlayIdentity, addresses: string[], version = 1) {
  const signature = signAllowed(deviceKey, { address: certificate.addressText, version, senders: addresses })
  return { version, addresses, signature }
}

/** Key packages and a last resort of `version`, as a device says them to its node. */
export function keyPackages(
  { certificate, deviceKey }: OverlayIdentity,
  packages: Uint8Array[],
  lastResort: Uint8Array,
  version = Date.now(),
) {
  const owner = { address: certificate.addressText, device: certificate.deviceId }
  return {
    packages: packages.map((each) => signKeyPackage(deviceKey, owner, each)),
    lastResort: signKeyPackage(deviceKey, owner, lastResort, version),
  }
}

export function testEnvelope(from: OverlayIdentity, size = 200): { id: string; bytes: Uint8Array } {
  const id = systemRandom.bytes(16)
  const body = { Group: { groupId: new Uint8Array(32), message: systemRandom.bytes(size) } }
  const value = { V1: { id, from: from.certificate.devicePublicKey, sentAt: Date.now(), body } }
  return { id: toHex(id), bytes: encode(Envelope, value, MAX_ENVELOPE_BYTES) }
}

/** A certificate in which a wallet's key stands beside somebody else's address, signed by that key. */
export function createIdentityPair(): { victim: OverlayIdentity; forged: OverlayIdentity } {
  const victim = testIdentity()
  const forged = testIdentity()
  const signed = Uint8Array.from(forged.certificate.signed)
  // Behind the length (2 bytes, as the body has more than 127) and the version stands the address.
  signed.set(victim.certificate.address, (signed[0] ?? 0) >= 0x80 ? 3 : 2)
  return { victim, forged: { ...forged, certificate: { ...forged.certificate, signed } } }
}
