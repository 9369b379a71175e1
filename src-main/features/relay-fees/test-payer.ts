import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret, silentLog, systemClock, systemRandom, toHex } from '../../base/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { newPerson, type Person } from '../../ledger/testing/index.ts'
import {
  createOverlay,
  type LinkedNode,
  type Overlay,
  type OverlayIdentity,
  parseNodeAddress,
  type Recipient,
} from '../../overlay/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { encode, Envelope, MAX_ENVELOPE_BYTES } from '../../wire/index.ts'
import { Wallet } from '../wallet/index.ts'
import { RelayFees } from './relay-fees.ts'

/** A person with a wallet, a device and an account at nodes; may be stopped and started again over its folder. */
export interface TestPayer {
  readonly identity: OverlayIdentity
  readonly overlay: Overlay
  readonly fees: RelayFees
  readonly store: Store
  readonly to: Recipient
  readonly received: string[]
  envelope(size: number): Uint8Array
  /** Opens a credit, or adds to it, at the prices that the node tells. */
  deposit(node: string, nanos: bigint): ReturnType<RelayFees['open']>
  stop(): Promise<void>
  /** Over the same database; `fresh`: with the seed alone, as a new device. */
  restart(fresh?: boolean): Promise<void>
  end(): Promise<void>
}

export interface PayerOptions {
  ledger: Ledger
  chain: string
  nodes: () => string[]
  contacts?: string[]
  /** For one that is killed and comes back: where its database is, with its keys. It is not removed in the end. */
  home?: { folder: string; databaseKey: Uint8Array; deviceSeed: Uint8Array }
}

interface Running {
  overlay: Overlay
  fees: RelayFees
  store: Store
  wallet: Wallet
}

export async function startPayer(options: PayerOptions, seed = systemRandom.bytes(32)): Promise<TestPayer> {
  const person = newPerson(seed)
  const { home } = options
  const databaseKey = home?.databaseKey ?? systemRandom.bytes(32)
  let folder = home?.folder ?? mkdtempSync(join(tmpdir(), 'parley-payer-'))
  let identity = testIdentity(seed, home?.deviceSeed)
  const received: string[] = []
  const begin = () => start(options, { person, identity, folder, databaseKey, received })
  let running = await begin()
  const payer: TestPayer = {
    get identity() {
      return identity
    },
    get overlay() {
      return running.overlay
    },
    get fees() {
      return running.fees
    },
    get store() {
      return running.store
    },
    get to() {
      return { address: person.address, device: identity.certificate.deviceId }
    },
    received,
    envelope: (size) => envelopeOf(identity, size),
    deposit: (node, nanos) => running.fees.open(node, nanos, running.fees.of(node).told?.prices),
    stop: () => stop(running),
    restart: async (fresh = false) => {
      if (fresh) {
        rmSync(folder, { recursive: true })
        folder = mkdtempSync(join(tmpdir(), 'parley-payer-'))
        identity = testIdentity(seed)
      }
      running = await begin()
    },
    end: async () => {
      await stop(running)
      if (!home) rmSync(folder, { recursive: true })
    },
  }
  return payer
}

async function start(
  { ledger, chain, nodes, contacts = [] }: PayerOptions,
  own: { person: Person; identity: OverlayIdentity; folder: string; databaseKey: Uint8Array; received: string[] },
): Promise<Running> {
  const { person, identity, folder, databaseKey, received } = own
  const key = new Secret(Uint8Array.from(databaseKey))
  const store = openStore({ file: join(folder, 'parley.db'), key, clock: systemClock, log: silentLog })
  const common = { store, clock: systemClock, random: systemRandom, log: silentLog }
  const { deviceKey } = identity
  const self = person.address
  const wallet = new Wallet({
    ...common,
    ledger,
    signerOf: () => Promise.resolve(person),
    self: { address: self, name: 'Payer' },
  })
  wallet.open()
  const linked = (): LinkedNode[] => overlay.nodes()
  const fees = new RelayFees({
    ...common,
    ledger,
    wallet,
    deviceKey,
    self,
    nodes: linked,
    onChange: () => {},
    onPostage: () => {},
  })
  const overlay: Overlay = createOverlay({
    ...common,
    identity,
    chain,
    nodes: nodes().map(parseNodeAddress),
    salt: async () => (await ledger.epoch()).salt,
    payer: fees,
  })
  overlay.on('envelope', ({ bytes, accept }) => {
    received.push(toHex(bytes.subarray(1, 17)))
    accept()
  })
  overlay.setContacts(contacts)
  await overlay.start()
  fees.start()
  return { overlay, fees, store, wallet }
}

async function stop({ overlay, fees, store, wallet }: Running): Promise<void> {
  fees.stop()
  wallet.stop()
  await overlay.stop()
  // What was under way finds its links gone, and ends before the database does.
  await new Promise((resolve) => setTimeout(resolve, 50))
  store.close()
}

/** Of 16 bytes of id; the same id and size make the same bytes where the time is given. */
export function envelopeOf(
  { certificate }: OverlayIdentity,
  size: number,
  id = systemRandom.bytes(16),
  sentAt = Date.now(),
): Uint8Array {
  const body = { Group: { groupId: new Uint8Array(32), message: new Uint8Array(size).fill(id[0] ?? 0) } }
  const head = { id, from: certificate.devicePublicKey, sentAt }
  return encode(Envelope, { V1: { ...head, body } }, MAX_ENVELOPE_BYTES)
}
