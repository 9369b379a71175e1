import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import type { DeviceCertificate } from '../../wire/index.ts'
import { type ContactNetwork, Contacts, Requests } from './index.ts'

const wallet = systemRandom.bytes(32)
const device = () => testIdentity(wallet.slice()).certificate
const [first, second] = [device(), device()]
const address = first.addressText

let folder: string
let store: Store
let requests: Requests
/** Devices whose key packages are at their nodes. */
let published: DeviceCertificate[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-contacts-'))
  const [clock, log] = [systemClock, silentLog]
  store = openStore({ file: join(folder, 'x.db'), key: new Secret(systemRandom.bytes(32)), clock, log })
  const network: ContactNetwork = {
    isOnline: () => false,
    setContacts: () => {},
    devicesOf: async () => published,
    takeKeyPackages: async () => published.map((device) => ({ device, keyPackage: new Uint8Array(1) })),
    seal: async () => new Uint8Array(1),
    wake: () => {},
    hasten: () => {},
    postageOf: () => undefined,
    agreePostage: () => {},
    forgetPostage: () => {},
  }
  const sessions = {
    create: async (_: string, packages: Uint8Array[], persist: (made: never) => void) =>
      persist({ groupId: new Uint8Array(32), welcome: new Uint8Array(packages.length) } as never),
    joinByWelcome: async () => ({ activeChanged: false }),
  }
  const contacts = new Contacts({ store, network, self: `0x${'1'.repeat(64)}`, clock, random: systemRandom, log })
  requests = new Requests({ store, contacts, network, sessions, selfName: 'Bob', clock, log })
  const known = { name: 'Alice', verified: false, addedAt: 1, requestState: undefined, note: undefined }
  store.contacts.save({ ...known, address, theirName: 'Alice', state: 'accepted', certificate: first.signed })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

test('an answer waits for the key packages of the device that asked, and in the end goes without it', async () => {
  published = [first]
  await requests.onSealed(second, { ContactRequest: { name: 'Alice', note: '' } } as never)
  const [row] = store.outbox.forAddress(address)
  if (!row) throw new Error('no answer waits')
  expect(row.kind).toBe('accept')
  expect(await requests.prepare(row)).toBeUndefined()
  published = [first, second]
  const prepared = await requests.prepare(row)
  expect(prepared?.map(({ device }) => device)).toEqual([first.deviceId, second.deviceId])
  published = [first]
  expect(await requests.prepare({ ...row, attempts: 4 })).toHaveLength(1)
})
