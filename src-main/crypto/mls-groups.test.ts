import { randomBytes } from 'node:crypto'
import { createApplicationMessage, createCommit, type Proposal } from 'ts-mls'
import { describe, expect, test } from 'vitest'
import { equal, Secret, utf8 } from '../base/index.ts'
import { issueCertificate } from './certificate.ts'
import { type SigningKey, signingKeyFromSeed } from './ed25519.ts'
import { decodeKeyPackage, decodeState, encodeMessage, encodePrivateMessage } from './mls-codec.ts'
import { mlsConfig, mlsSuite } from './mls-suite.ts'
import { mlsReason } from './mls-error.ts'
import type { Mls } from './mls-types.ts'
import { openMls } from './mls.ts'

const HOUR = 3_600_000
const START = 1_700_000_000_000

async function device(options: { certificate?: Uint8Array; wallet?: SigningKey } = {}) {
  const wallet = options.wallet ?? signingKeyFromSeed(new Secret(randomBytes(32)))
  const deviceKey = signingKeyFromSeed(new Secret(randomBytes(32)))
  const fields = { devicePublicKey: deviceKey.publicKey, sealingKey: randomBytes(32), label: 'test' }
  const certificate = issueCertificate(wallet, { ...fields, issuedAt: START, expiresAt: START + HOUR })
  const clock = { now: START }
  const signed = options.certificate ?? certificate.signed
  const mls = await openMls({ certificate: signed, deviceKey, now: () => clock.now })
  return { mls, certificate, clock, wallet, deviceKey }
}

async function pair() {
  const [alice, bob] = [await device(), await device()]
  const id = randomBytes(32)
  const packages = await bob.mls.createKeyPackages(1)
  const made = await alice.mls.createGroup(id, [packages[0]!.publicBytes])
  const joined = await bob.mls.join(made.welcome, packages)
  await alice.mls.load(id, made.state)
  await bob.mls.load(id, joined.state)
  return { alice, bob, id, joined, made, packages }
}

const say = async (mls: Mls, id: Uint8Array, text: string) => (await mls.encrypt(id, utf8(text))).message
const hear = async (mls: Mls, id: Uint8Array, message: Uint8Array) => {
  const incoming = await mls.receive(id, message)
  return incoming.kind === 'application' ? new TextDecoder().decode(incoming.plaintext) : incoming.kind
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as { code: string },
  )
const reason = async (work: Promise<unknown>) => mlsReason(await failure(work))

describe('an MLS group of two devices', () => {
  test('carries messages both ways and names the sender by certificate', async () => {
    const { alice, bob, id, joined } = await pair()
    const incoming = await bob.mls.receive(id, await say(alice.mls, id, 'hello'))
    expect(incoming.kind).toBe('application')
    expect(incoming.sender.deviceId).toBe(alice.certificate.deviceId)
    expect(await hear(alice.mls, id, await say(bob.mls, id, 'hi'))).toBe('hi')
    expect(joined.creator.addressText).toBe(alice.certificate.addressText)
    expect(joined.members.map((member) => member.deviceId)).toEqual([
      alice.certificate.deviceId,
      bob.certificate.deviceId,
    ])
  })

  test('never writes the device key into a state or a stored key package', async () => {
    const seed = randomBytes(32)
    const deviceKey = signingKeyFromSeed(new Secret(seed))
    const { wallet, certificate } = await device()
    const fields = { devicePublicKey: deviceKey.publicKey, sealingKey: certificate.sealingKey, label: 'x' }
    const own = issueCertificate(wallet, { ...fields, issuedAt: START, expiresAt: START + HOUR })
    const mls = await openMls({ certificate: own.signed, deviceKey, now: () => START })
    const other = await device()
    const { state } = await mls.createGroup(randomBytes(32), [(await other.mls.createKeyPackages(1))[0]!.publicBytes])
    const [stored] = await mls.createKeyPackages(1)
    expect(Buffer.from(state).includes(seed)).toBe(false)
    expect(Buffer.from(stored!.privateBytes).includes(seed)).toBe(false)
  })

  test('reads 256 messages in reverse order, and none of them twice', async () => {
    const { alice, bob, id } = await pair()
    const messages: Uint8Array[] = []
    for (let index = 0; index < 256; index++) messages.push(await say(alice.mls, id, `m${index}`))
    for (let index = 255; index >= 0; index--) expect(await hear(bob.mls, id, messages[index]!)).toBe(`m${index}`)
    for (const index of [0, 100, 255]) expect(await reason(bob.mls.receive(id, messages[index]!))).toBe('replay')
  })

  test('refuses a tampered message and reads the genuine one after it', async () => {
    const { alice, bob, id } = await pair()
    const message = await say(alice.mls, id, 'genuine')
    for (const at of [message.length - 5, message.length - 200, Math.floor(message.length / 2)]) {
      const bad = new Uint8Array(message)
      bad[at]! ^= 1
      expect((await failure(bob.mls.receive(id, bad)))?.code).toMatch(/bad_signature|invalid_params/)
    }
    expect(await hear(bob.mls, id, message)).toBe('genuine')
  })

  test('refuses bytes that are no message, whatever they are', async () => {
    const { alice, bob, id, made } = await pair()
    const message = await say(alice.mls, id, 'cut')
    const inputs = [
      new Uint8Array(),
      randomBytes(400),
      made.welcome,
      message.subarray(0, 60),
      Buffer.concat([message, message]),
    ]
    for (const input of inputs) expect((await failure(bob.mls.receive(id, input)))?.code).toBe('invalid_params')
    expect((await failure(bob.mls.receive(id, new Uint8Array(70_000))))?.code).toBe('too_large')
    expect((await failure(bob.mls.welcomeRefs(message)))?.code).toBe('invalid_params')
    expect(await reason(bob.mls.load(id, randomBytes(500)))).toBe('state_lost')
    expect(await reason(bob.mls.load(id, made.state))).toBe('state_lost')
  })

  test('takes updates in turns; a message of the next epoch waits for its commit, one of the last is still read', async () => {
    const { alice, bob, id } = await pair()
    expect(await alice.mls.update(id)).toBeUndefined()
    const before = await say(alice.mls, id, 'before')
    const update = await bob.mls.update(id)
    expect(await bob.mls.update(id)).toBeUndefined()
    const after = await say(bob.mls, id, 'after')
    expect(await reason(alice.mls.receive(id, after))).toBe('ahead')
    expect(await hear(alice.mls, id, update!.commit)).toBe('commit')
    expect(await hear(alice.mls, id, after)).toBe('after')
    expect(await hear(bob.mls, id, before)).toBe('before')
    expect(await reason(alice.mls.receive(id, update!.commit))).toMatch(/stale|replay/)
    expect(await alice.mls.update(id)).toBeDefined()
  })

  test('refuses what is too far ahead of the keys or from an epoch long gone, each with its reason', async () => {
    const { alice, bob, id, made } = await pair()
    const old = await say(alice.mls, id, 'old')
    const suite = await mlsSuite(alice.deviceKey)
    const state = { ...decodeState(made.state), clientConfig: mlsConfig(() => START) }
    const secretTree = state.secretTree.map((node) => ({
      ...node,
      application: { ...node.application, generation: 2500 },
    }))
    const far = await createApplicationMessage({ ...state, secretTree }, utf8('far'), suite)
    expect(await reason(bob.mls.receive(id, encodePrivateMessage(far.privateMessage)))).toBe('gap')
    for (let turn = 0; turn < 6; turn++) {
      const [by, to] = turn % 2 === 0 ? [bob, alice] : [alice, bob]
      await to.mls.receive(id, (await by.mls.update(id))!.commit)
    }
    expect(await reason(bob.mls.receive(id, old))).toBe('stale')
    expect(await hear(bob.mls, id, await say(alice.mls, id, 'new'))).toBe('new')
  })

  test('a stolen state is shut out by the next update of its owner', async () => {
    const { alice, bob, id, joined } = await pair()
    const update = await bob.mls.update(id)
    await alice.mls.receive(id, update!.commit)
    const secret = await say(alice.mls, id, 'healed')
    await bob.mls.load(id, joined.state)
    expect((await failure(bob.mls.receive(id, update!.commit)))?.code).toBeDefined()
    expect(await reason(bob.mls.receive(id, secret))).toBe('ahead')
  })

  test('a state kept from before a message reads the same message again', async () => {
    const { alice, bob, id, joined } = await pair()
    const message = await say(alice.mls, id, 'again')
    expect(await hear(bob.mls, id, message)).toBe('again')
    await bob.mls.forget(id)
    expect((await failure(bob.mls.receive(id, message)))?.code).toBe('not_found')
    await bob.mls.load(id, joined.state)
    expect(await hear(bob.mls, id, message)).toBe('again')
  })

  test('fits an envelope with its Welcome and stays small on disk', async () => {
    const { made, packages, joined } = await pair()
    expect(made.welcome.length).toBeLessThan(12_000)
    expect(packages[0]!.publicBytes.length).toBeLessThan(8 * 1024)
    expect(joined.state.length).toBeLessThan(20_000)
  })
})

describe('commits of others', () => {
  type Device = Awaited<ReturnType<typeof device>>

  /** What a changed program could send in the group: a commit with any proposals, made with ts-mls itself. */
  async function commitOf(by: Device, state: Uint8Array, extraProposals: Proposal[]) {
    const now = () => by.clock.now
    const context = {
      state: { ...decodeState(state), clientConfig: mlsConfig(now) },
      cipherSuite: await mlsSuite(by.deviceKey),
    }
    return encodeMessage((await createCommit(context, { extraProposals })).commit)
  }
  const adding = async (other: Device): Promise<Proposal> => {
    const [fresh] = await other.mls.createKeyPackages(1)
    return { proposalType: 'add', add: { keyPackage: decodeKeyPackage(fresh!.publicBytes) } }
  }
  const removing: Proposal = { proposalType: 'remove', remove: { removed: 1 } }

  test.each(['alone', 'with a newcomer in its place'])('its own removal is recognised: %s', async (how) => {
    const { alice, bob, id, made } = await pair()
    const second = await device({ wallet: alice.wallet })
    const proposals = how === 'alone' ? [removing] : [removing, await adding(second)]
    const message = await say(alice.mls, id, 'before')
    const incoming = await bob.mls.receive(id, await commitOf(alice, made.state, proposals))
    expect(incoming).toMatchObject({ kind: 'commit', removedSelf: true })
    expect(await hear(bob.mls, id, message)).toBe('before')
    expect(await reason(bob.mls.receive(id, await commitOf(alice, made.state, [])))).toBe('removed')
    expect(await reason(bob.mls.update(id))).toBe('removed')
    await bob.mls.load(id, incoming.state)
    expect(await reason(bob.mls.encrypt(id, utf8('x')))).toBe('removed')
  })

  test('bring in a second device of a member, but no third person', async () => {
    const { alice, bob, id, made } = await pair()
    const stranger = await commitOf(alice, made.state, [await adding(await device())])
    expect((await failure(bob.mls.receive(id, stranger)))?.code).toBe('unauthorized')
    expect(await bob.mls.members(id)).toHaveLength(2)
    expect(await hear(bob.mls, id, await say(alice.mls, id, 'still here'))).toBe('still here')
    const second = await commitOf(alice, made.state, [await adding(await device({ wallet: alice.wallet }))])
    expect(await hear(bob.mls, id, second)).toBe('commit')
    expect(await bob.mls.members(id)).toHaveLength(3)
  })

  test('with anything else in them are refused and change nothing', async () => {
    const { alice, bob, id, made } = await pair()
    const context: Proposal = { proposalType: 'group_context_extensions', groupContextExtensions: { extensions: [] } }
    const commit = await commitOf(alice, made.state, [context])
    expect((await failure(bob.mls.receive(id, commit)))?.code).toBe('not_supported')
    expect(await hear(bob.mls, id, await say(alice.mls, id, 'still here'))).toBe('still here')
  })
})

describe('the authentication of leaves', () => {
  test('refuses a key package whose certificate names another device', async () => {
    const [alice, victim] = [await device(), await device()]
    const thief = await device({ certificate: victim.certificate.signed })
    const [stolen] = await thief.mls.createKeyPackages(1)
    expect((await failure(alice.mls.createGroup(randomBytes(32), [stolen!.publicBytes])))?.code).toBe('bad_signature')
  })

  test('refuses to invite with a certificate of another device, and a changed certificate', async () => {
    const [bob, victim] = [await device(), await device()]
    const thief = await device({ certificate: victim.certificate.signed })
    const [fresh] = await bob.mls.createKeyPackages(1)
    expect((await failure(thief.mls.createGroup(randomBytes(32), [fresh!.publicBytes])))?.code).toBe('bad_signature')
    const changed = new Uint8Array(victim.certificate.signed)
    changed[40]! ^= 1
    const liar = await device({ certificate: changed })
    const [bad] = await liar.mls.createKeyPackages(1)
    expect((await failure(bob.mls.createGroup(randomBytes(32), [bad!.publicBytes])))?.code).toBe('bad_signature')
  })

  test('refuses an expired certificate in a key package and in a Welcome, by the injected clock', async () => {
    const [alice, bob] = [await device(), await device()]
    const packages = await bob.mls.createKeyPackages(1)
    const made = await alice.mls.createGroup(randomBytes(32), [packages[0]!.publicBytes])
    bob.clock.now += 2 * HOUR
    expect((await failure(bob.mls.join(made.welcome, packages)))?.code).toBe('expired')
    alice.clock.now += 2 * HOUR
    expect((await failure(alice.mls.createGroup(randomBytes(32), [packages[0]!.publicBytes])))?.code).toBe('expired')
  })

  test('still reads what was sent before a certificate expired, but makes no update with it', async () => {
    const { alice, bob, id } = await pair()
    const message = await say(alice.mls, id, 'in time')
    bob.clock.now += 2 * HOUR
    expect(await hear(bob.mls, id, message)).toBe('in time')
    expect((await failure(bob.mls.update(id)))?.code).toBe('expired')
  })

  test('refuses a Welcome for a package that is not ours', async () => {
    const { bob, made } = await pair()
    const others = await bob.mls.createKeyPackages(1)
    expect((await failure(bob.mls.join(made.welcome, others)))?.code).toBe('not_found')
    expect(equal(made.welcome, new Uint8Array(made.welcome))).toBe(true)
  })
})
