import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import type { DeviceCertificate } from '../../wire/index.ts'
import { MOST_AN_HOUR } from './group-maker.ts'
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
let own: DeviceCertificate[]
let isBad: (packages: Uint8Array[]) => boolean
let ahead: number
/** Milliseconds that passed, whatever the clock was set to. */
let passed: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-contacts-'))
  ;[own, isBad, ahead, passed] = [[], () => false, 0, 0]
  const clock = { ...systemClock, now: () => systemClock.now() + ahead, steady: () => systemClock.steady() + passed }
  const log = silentLog
  store = openStore({ file: join(folder, 'x.db'), key: new Secret(systemRandom.bytes(32)), clock, log })
  const network: ContactNetwork = {
    isOnline: () => false,
    setContacts: () => {},
    devicesOf: async () => published,
    takeKeyPackages: async () => published.map((device) => ({ device, keyPackage: new Uint8Array(1) })),
    ownKeyPackages: async () => own.map((device) => ({ device, keyPackage: new Uint8Array(1) })),
    ownDevice: '',
    seal: async () => new Uint8Array(1),
    wake: () => {},
    hasten: () => {},
    postageOf: () => undefined,
    agreePostage: () => {},
    forgetPostage: () => {},
  }
  const sessions = {
    create: async (_: string, packages: Uint8Array[], persist: (made: never) => void) => {
      if (isBad(packages)) throw new ParleyError('expired', 'A key package is too old.')
      persist({ groupId: new Uint8Array(32), welcome: new Uint8Array(packages.length), generation: 0 } as never)
    },
    joinByWelcome: async () => ({ activeChanged: false, members: [] }),
    members: async () => [],
  }
  const self = `0x${'1'.repeat(64)}`
  const contacts = new Contacts({ store, network, self, clock, random: systemRandom, log })
  requests = new Requests({ store, contacts, network, sessions, self, selfName: 'Bob', clock, log })
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

test('a contact that asks without end gets eight new groups in an hour, and what it asks for last comes then', async () => {
  published = [first]
  const ask = () => requests.onSealed(first, { ContactRequest: { name: 'Alice', note: '' } } as never)
  let made = 0
  for (let time = 0; time < 30; time++) {
    await ask()
    const [row, ...more] = store.outbox.forAddress(address)
    expect(more).toEqual([])
    if (row && (await requests.prepare(row))) made++
  }
  expect(made).toBe(MOST_AN_HOUR)
  ahead = 3_600_000
  const [row] = store.outbox.forAddress(address)
  expect(row && (await requests.prepare(row))).toHaveLength(1)
})

test('a new group has the own other devices, which are told the contact too; a bad one of them leaves out only them', async () => {
  published = [first]
  own = [device()]
  await requests.onSealed(first, { ContactRequest: { name: 'Alice', note: '' } } as never)
  const [row] = store.outbox.forAddress(address)
  const prepared = await requests.prepare(row!)
  expect(prepared?.map(({ address, kind }) => [address, kind])).toEqual([
    [undefined, undefined],
    [own[0]!.addressText, 'own'],
  ])
  isBad = (packages) => packages.length > 1
  expect(await requests.prepare(row!)).toHaveLength(1)
})

test('a clock that is set back holds up no device that cannot read', () => {
  const asks = () => {
    requests.askResync(address)
    const rows = store.outbox.forAddress(address)
    for (const { id } of rows) store.outbox.remove(id)
    return rows.length
  }
  expect([asks(), asks()]).toEqual([1, 0])
  ;[ahead, passed] = [-3600_000, 60_000]
  expect([asks(), asks()]).toEqual([1, 0])
})
