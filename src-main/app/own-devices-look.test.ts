import { beforeEach, expect, test } from 'vitest'
import { type Clock, Secret, silentLog, systemRandom } from '../base/index.ts'
import { issueCertificate, MlsError, sealingPublicKey, signingKeyFromSeed } from '../crypto/index.ts'
import type { AccountContext } from './account-types.ts'
import { OwnDevices } from './own-devices.ts'

const seed = (value: number) => new Secret(new Uint8Array(32).fill(value))
const certificateOf = (device: number) =>
  issueCertificate(signingKeyFromSeed(seed(1)), {
    devicePublicKey: signingKeyFromSeed(seed(device)).publicKey,
    sealingKey: sealingPublicKey(seed(device)),
    label: 'test',
    issuedAt: Date.now() - 1000,
    expiresAt: Date.now() + 3600_000,
  })
/** Two devices of one user: the other one is in no group. */
const here = certificateOf(10)
const other = certificateOf(20)

/** Every wait is over at once. */
const clock: Clock = {
  now: () => Date.now(),
  steady: () => Date.now(),
  after: (_, task) => {
    queueMicrotask(task)
    return () => {}
  },
}

let contacts: string[]
let members: (group: string) => unknown[]
let taken: string[][]
let renewed: string[]
let looks: number
let whenRead: () => void
let devices: OwnDevices

beforeEach(() => {
  ;[contacts, taken, renewed, looks] = [['0xa', '0xb'], [], [], 0]
  members = () => [here]
  whenRead = () => {}
  const account = {
    parts: { clock, random: systemRandom, log: silentLog },
    identity: { address: here.addressText, deviceId: here.deviceId },
    ion: { usable: false },
    devices: { learn: () => {} },
    store: {
      contacts: {
        list: () => {
          looks++
          whenRead()
          return contacts.map((address) => ({ address, state: 'accepted' }))
        },
      },
      groups: { active: (address: string) => ({ groupId: address }) },
      outbox: { forAddress: () => [] },
      revocations: { has: () => false },
    },
    overlay: {
      nodes: () => [{}],
      ownDevices: async () => [here, other],
      takeKeyPackages: async (_: string, named: string[]) => {
        taken.push(named)
        return [{ certificate: other.signed, keyPackage: new Uint8Array(1) }]
      },
    },
    sessions: { members: async (group: string) => members(group) },
    requests: { renewGroup: (address: string) => renewed.push(address), askResync: () => {} },
  }
  devices = new OwnDevices(account as unknown as AccountContext)
})

async function look(): Promise<void> {
  devices.look()
  await new Promise((resolve) => setTimeout(resolve, 20))
}

test.each([
  ['whose keys cannot be read', new MlsError('state_lost')],
  ['that fails otherwise', new Error('the worker has ended')],
])('a conversation %s does not keep a device out of the others', async (_, fault) => {
  members = (group) => {
    if (group === '0xa') throw fault
    return [here]
  }
  await look()
  expect(renewed).toEqual(['0xb'])
})

test('a device that was given up is asked for no more key packages, until it asks itself', async () => {
  contacts = ['0xa']
  for (let round = 0; round < 10; round++) await look()
  expect(renewed).toHaveLength(3)
  expect(taken).toEqual([[other.deviceId], [other.deviceId], [other.deviceId]])
  devices.asked(other.deviceId)
  await look()
  expect(renewed.length).toBeGreaterThan(3)
})

test('key packages are taken once in a look, and not of devices that every conversation has', async () => {
  await look()
  expect(taken).toEqual([[other.deviceId]])
  expect(renewed).toEqual(['0xa', '0xb'])
  members = () => [here, other]
  await look()
  expect(taken).toHaveLength(1)
})

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
  'a look that is asked for %s microtasks after the last one is done',
  async (turns) => {
    contacts = []
    let before = 0
    whenRead = () => {
      whenRead = () => {}
      let turn = Promise.resolve()
      for (let count = 0; count < turns; count++) turn = turn.then(() => {})
      void turn.then(() => {
        before = looks
        devices.look()
      })
    }
    await look()
    expect(looks).toBe(before + 1)
  },
)
