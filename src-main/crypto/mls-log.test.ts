import { randomBytes } from 'node:crypto'
import { createCommit, type Proposal } from 'ts-mls'
import { describe, expect, test } from 'vitest'
import { Secret, utf8 } from '../base/index.ts'
import { issueCertificate } from './certificate.ts'
import { signingKeyFromSeed } from './ed25519.ts'
import { decodeKeyPackage, decodeState, encodeLogEntry, encodeMessage } from './mls-codec.ts'
import { mlsReason } from './mls-error.ts'
import { mlsConfig, mlsSuite } from './mls-suite.ts'
import { openMls } from './mls.ts'

const HOUR = 3_600_000
const START = 1_700_000_000_000

async function device(wallet = signingKeyFromSeed(new Secret(randomBytes(32)))) {
  const deviceKey = signingKeyFromSeed(new Secret(randomBytes(32)))
  const fields = { devicePublicKey: deviceKey.publicKey, sealingKey: randomBytes(32), label: 'test' }
  const certificate = issueCertificate(wallet, { ...fields, issuedAt: START, expiresAt: START + HOUR })
  const clock = { now: START }
  const mls = await openMls({ certificate: certificate.signed, deviceKey, now: () => clock.now })
  return { mls, certificate, clock, wallet, deviceKey }
}
type Device = Awaited<ReturnType<typeof device>>

/** Bob on one device, Alice on two; Bob made the group. */
async function three() {
  const bob = await device()
  const alice = await device()
  const second = await device(alice.wallet)
  const id = randomBytes(32)
  const packages = [...(await alice.mls.createKeyPackages(1)), ...(await second.mls.createKeyPackages(1))]
  const made = await bob.mls.createGroup(
    id,
    packages.map(({ publicBytes }) => publicBytes),
  )
  await bob.mls.load(id, made.state)
  const logIds = [made.logId]
  for (const [at, one] of [alice, second].entries()) {
    const joined = await one.mls.join(made.welcome, packages.slice(at, at + 1))
    await one.mls.load(id, joined.state)
    logIds.push(joined.logId)
  }
  return { bob, alice, second, all: [bob, alice, second], id, made, logIds }
}

const say = async (by: Device, id: Uint8Array, text: string) => (await by.mls.encrypt(id, utf8(text))).message
const hear = async (by: Device, id: Uint8Array, message: Uint8Array) => {
  const incoming = await by.mls.receive(id, message)
  return incoming.kind === 'application' ? new TextDecoder().decode(incoming.plaintext) : incoming.kind
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as { code: string },
  )
const epochs = (devices: Device[], id: Uint8Array) =>
  Promise.all(devices.map(async (one) => (await one.mls.standing(id)).epoch))

describe('key updates of three devices in the order of a log', () => {
  test('the log has an id that all members derive, and that is not the group', async () => {
    const { logIds, id } = await three()
    expect(logIds[0]).toHaveLength(32)
    expect(logIds[1]).toEqual(logIds[0])
    expect(logIds[2]).toEqual(logIds[0])
    expect(logIds[0]).not.toEqual(new Uint8Array(id))
  })

  test('nothing changes until the update is adopted; then all are in the next epoch and read what came before', async () => {
    const { bob, alice, second, all, id } = await three()
    const { entry, next } = await alice.mls.prepareUpdate(id)
    expect(await epochs(all, id)).toEqual([1, 1, 1])
    const meanwhile = await say(alice, id, 'while it hangs')
    const toAlice = [await say(bob, id, 'first'), await say(bob, id, 'second')]
    expect(await hear(alice, id, toAlice[0]!)).toBe('first')
    expect(await hear(bob, id, meanwhile)).toBe('while it hangs')
    await alice.mls.adoptUpdate(id, next)
    const after = await say(alice, id, 'in new keys')
    expect(mlsReason(await failure(hear(bob, id, after)))).toBe('ahead')
    for (const one of [bob, second])
      expect((await one.mls.followUpdate(id, entry))?.sender.deviceId).toBe(alice.certificate.deviceId)
    expect(await epochs(all, id)).toEqual([2, 2, 2])
    expect(await hear(bob, id, after)).toBe('in new keys')
    expect(await hear(second, id, after)).toBe('in new keys')
    expect(await hear(alice, id, toAlice[1]!)).toBe('second')
    expect(mlsReason(await failure(hear(alice, id, toAlice[0]!)))).toBe('replay')
    expect(await hear(second, id, meanwhile)).toBe('while it hangs')
  })

  test('of two rivals the one that the log chose is followed, also by the loser, and the other is nothing then', async () => {
    const { bob, alice, second, all, id } = await three()
    const rivals = await Promise.all([bob.mls.prepareUpdate(id), alice.mls.prepareUpdate(id)])
    await bob.mls.adoptUpdate(id, rivals[0].next)
    for (const one of [alice, second]) expect(await one.mls.followUpdate(id, rivals[0].entry)).toBeDefined()
    for (const one of all) expect(await one.mls.followUpdate(id, rivals[1].entry)).toBeUndefined()
    expect(mlsReason(await failure(alice.mls.adoptUpdate(id, rivals[1].next)))).toBe('state_lost')
    expect(await epochs(all, id)).toEqual([2, 2, 2])
    expect(await hear(second, id, await say(alice, id, 'on'))).toBe('on')
  })

  test('an entry says nothing of its group, epoch or kind, and is not readable by whoever keeps it', async () => {
    const { alice, id } = await three()
    const { entry } = await alice.mls.prepareUpdate(id)
    expect(Buffer.from(entry).includes(id)).toBe(false)
    expect(Buffer.from(entry).includes(Buffer.from(alice.certificate.signed))).toBe(false)
    expect(entry.length).toBeLessThan(8192)
  })

  test('whatever is no key update of a member is passed over by all alike and changes nothing', async () => {
    const { bob, alice, second, all, id, made } = await three()
    const { entry } = await alice.mls.prepareUpdate(id)
    const other = await three()
    const bytes: Uint8Array[] = [randomBytes(900), new Uint8Array([1]), entry.subarray(0, -1)]
    for (const at of [1, 20, 300, entry.length - 1]) bytes.push(new Uint8Array(entry).with(at, (entry[at] ?? 0) ^ 1))
    bytes.push((await other.alice.mls.prepareUpdate(other.id)).entry)
    const newcomer = await (await device(alice.wallet)).mls.createKeyPackages(1)
    const adding: Proposal = { proposalType: 'add', add: { keyPackage: decodeKeyPackage(newcomer[0]!.publicBytes) } }
    const removing: Proposal = { proposalType: 'remove', remove: { removed: 1 } }
    for (const proposal of [adding, removing]) bytes.push(await commitOf(bob, made.state, [proposal]))
    for (const one of all) for (const bad of bytes) expect(await one.mls.followUpdate(id, bad)).toBeUndefined()
    for (let round = 0; round < 300; round++) {
      const at = (round * 131) % entry.length
      const bad = new Uint8Array(entry).with(at, (entry[at] ?? 0) ^ (1 + (round % 255)))
      expect(await bob.mls.followUpdate(id, bad)).toBeUndefined()
    }
    expect(await epochs(all, id)).toEqual([1, 1, 1])
    for (const one of [bob, second]) expect(await one.mls.followUpdate(id, entry)).toBeDefined()
  })

  test('a clock that is late or a certificate that has run out since does not split the members', async () => {
    const { bob, alice, second, id } = await three()
    const { entry } = await alice.mls.prepareUpdate(id)
    second.clock.now += 10 * HOUR
    bob.clock.now -= 10 * HOUR
    for (const one of [bob, second]) expect(await one.mls.followUpdate(id, entry)).toBeDefined()
    expect((await failure(second.mls.prepareUpdate(id)))?.code).toBe('expired')
  })

  test('a commit that only this device cannot follow is no entry to pass over: the state is lost', async () => {
    const { bob, alice, second, id, made } = await three()
    const entry = await commitOf(bob, made.state, [], (path) => {
      for (const node of path.nodes)
        for (const sealed of node.encryptedPathSecret) sealed.ciphertext.set(randomBytes(8), 0)
    })
    for (const one of [alice, second])
      expect(mlsReason(await failure(one.mls.followUpdate(id, entry)))).toBe('state_lost')
    expect(await epochs([alice, second], id)).toEqual([1, 1])
  })

  test('an update of its own that is not kept here any more is told apart', async () => {
    const { alice, id } = await three()
    const { entry } = await alice.mls.prepareUpdate(id)
    expect(mlsReason(await failure(alice.mls.followUpdate(id, entry)))).toBe('state_lost')
  })

  test('a commit by message is refused, and there are no turns', async () => {
    const { bob, alice, id, made } = await three()
    const context = { state: stateOf(bob, made.state), cipherSuite: await mlsSuite(bob.deviceKey) }
    const { commit } = await createCommit(context)
    expect((await failure(alice.mls.receive(id, encodeMessage(commit))))?.code).toBe('not_supported')
    for (const one of [alice, bob]) expect(await one.mls.update(id)).toBeUndefined()
  })
})

function stateOf(by: Device, state: Uint8Array) {
  return { ...decodeState(state), clientConfig: mlsConfig(() => by.clock.now) }
}

/** What a changed program could put into the log: any proposals, and a path that is changed before it is encrypted. */
async function commitOf(
  by: Device,
  state: Uint8Array,
  extraProposals: Proposal[],
  change?: (path: { nodes: { encryptedPathSecret: { ciphertext: Uint8Array }[] }[] }) => void,
): Promise<Uint8Array> {
  const suite = await mlsSuite(by.deviceKey)
  const seal = suite.hpke.seal
  const hpke = change
    ? {
        ...suite.hpke,
        seal: async (...args: Parameters<typeof seal>) => {
          const sealed = await seal(...args)
          change({ nodes: [{ encryptedPathSecret: [{ ciphertext: sealed.ct }] }] })
          return sealed
        },
      }
    : suite.hpke
  const context = { state: stateOf(by, state), cipherSuite: { ...suite, hpke } }
  const { commit } = await createCommit(context, { extraProposals })
  if (commit.wireformat !== 'mls_private_message') throw new Error('not private')
  return encodeLogEntry(commit.privateMessage)
}
