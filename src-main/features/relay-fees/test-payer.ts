import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret, silentLog, systemClock, systemRandom, toHex } from '../../base/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { newPerson } from '../../ledger/testing/index.ts'
import {
  createOverlay,
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
  stop(): Promise<void>
  /** Over the same database; `fresh`: with the seed alone, as a new device. */
  restart(fresh?: boolean): Promise<void>
  end(): Promise<void>
}

export async function startPayer(
  options: { ledger: Ledger; chain: string; nodes: () => string[]; contacts?: string[] },
  seed = systemRandom.bytes(32),
): Promise<TestPayer> {
  const { ledger, chain, nodes, contacts = [] } = options
  const person = newPerson(seed)
  const databaseKey = systemRandom.bytes(32)
  let folder = mkdtempSync(join(tmpdir(), 'parley-payer-'))
  let identity = testIdentity(seed)
  const received: string[] = []
  let running: { overlay: Overlay; fees: RelayFees; store: Store; wallet: Wallet }
  const begin = async () => {
    const key = new Secret(Uint8Array.from(databaseKey))
    const store = openStore({ file: join(folder, 'parley.db'), key, clock: systemClock, log: silentLog })
    const common = { store, clock: systemClock, random: systemRandom, log: silentLog }
    const signer = () => Promise.resolve(person)
    const wallet = new Wallet({ ...common, ledger, signerOf: signer, self: { address: person.address, name: 'Payer' } })
    wallet.open()
    const fees: RelayFees = new RelayFees({
      ...common,
      ledger,
      wallet,
      signer,
      self: person.address,
      nodes: () => overlay.nodes(),
      onChange: () => {},
    })
    const overlay = createOverlay({
      identity,
      chain,
      nodes: nodes().map(parseNodeAddress),
      salt: async () => (await ledger.epoch()).salt,
      payer: fees,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    })
    overlay.on('envelope', ({ bytes, accept }) => {
      received.push(toHex(bytes.subarray(1, 17)))
      accept()
    })
    overlay.setContacts(contacts)
    await overlay.start()
    fees.start()
    running = { overlay, fees, store, wallet }
  }
  const stop = async () => {
    running.fees.stop()
    running.wallet.stop()
    await running.overlay.stop()
    await new Promise((resolve) => setTimeout(resolve, 50))
    running.store.close()
  }
  await begin()
  return {
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
    envelope: (size) => {
      const body = { Group: { groupId: new Uint8Array(32), message: systemRandom.bytes(size) } }
      const head = { id: systemRandom.bytes(16), from: identity.certificate.devicePublicKey, sentAt: Date.now() }
      return encode(Envelope, { V1: { ...head, body } }, MAX_ENVELOPE_BYTES)
    },
    stop,
    restart: async (fresh = false) => {
      if (fresh) {
        rmSync(folder, { recursive: true })
        folder = mkdtempSync(join(tmpdir(), 'parley-payer-'))
        identity = testIdentity(seed)
      }
      await begin()
    },
    end: async () => {
      await stop()
      rmSync(folder, { recursive: true })
    },
  }
}
