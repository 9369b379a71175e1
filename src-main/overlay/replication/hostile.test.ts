import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret, systemRandom, toHex } from '../../base/index.ts'
import { issueRevocation, sha256, signingKeyFromSeed } from '../../crypto/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { defaultLimits } from '../limits/limits.ts'
import { signAccepted } from '../mailbox/acceptance.ts'
import { signAllowed } from '../mailbox/allow-list.ts'
import { createEmbeddedState, type Fact } from '../state/index.ts'
import type { OverlayIdentity } from '../types.ts'
import { encodeFact } from './codec.ts'
import { changesFor } from './feed.ts'
import { FactReceiver } from './receiver.ts'
import { startParts, testMail, testRecord, type TestParts } from './test-parts.ts'

const DAY = 24 * 3_600_000
let net: TestParts
let now = Date.now()

beforeEach(async () => {
  now = Date.now()
  net = await startParts(
    () => now,
    () => Promise.reject(new Error('nobody is asked')),
  )
})
afterEach(() => net.state.stop())

const mailFor = (to: OverlayIdentity, size?: number) => testMail(to, now, size)
function deviceOf({ certificate }: OverlayIdentity): Fact {
  const { addressText: address, deviceId: device, signed, issuedAt, expiresAt } = certificate
  return { kind: 'device', address, device, certificate: signed, issuedAt, expiresAt }
}
const count = (table: string) => Number(net.state.rows.get(`SELECT count(*) AS count FROM ${table}`)?.['count'])
const give = (facts: Fact[], from = net.peer) => new FactReceiver(net.parts).receive(from, facts.map(encodeFact))

describe('facts that another node gives', () => {
  it('are taken when they hold, once', async () => {
    const bob = testIdentity()
    const mail = mailFor(bob)
    await give([deviceOf(bob), mail])
    await give([deviceOf(bob), mail])
    expect([count('device'), count('mail')]).toEqual([1, 1])
  })

  it('are refused when a signature, an id, a time or an address is wrong; the others beside them are taken', async () => {
    const bob = testIdentity()
    const good = mailFor(bob)
    const forged = deviceOf(bob) as Extract<Fact, { kind: 'device' }>
    const certificate = Uint8Array.from(forged.certificate)
    certificate.set([(certificate[40] ?? 0) ^ 1], 40)
    const other = { ...mailFor(bob), envelopeId: toHex(systemRandom.bytes(16)) }
    const long = { ...mailFor(bob), expiresAt: now + 60 * DAY }
    await expect(give([{ ...forged, certificate }, good])).rejects.toMatchObject({ code: 'bad_signature' })
    await expect(give([other])).rejects.toMatchObject({ code: 'invalid_params' })
    await expect(give([long])).rejects.toMatchObject({ code: 'invalid_params' })
    const wallet = signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
    const { devicePublicKey } = bob.certificate
    const { signed } = issueRevocation(wallet, { devicePublicKey, revokedAt: now })
    await give([{ kind: 'revocation', address: bob.certificate.addressText, device: bob.certificate.deviceId, signed }])
    // It counts for the address whose wallet signed it, whatever the giver says.
    expect(net.state.rows.get('SELECT address FROM revocation')?.['address']).not.toBe(bob.certificate.addressText)
    expect([count('device'), count('mail')]).toEqual([0, 1])
  })

  it('are refused as lists of who may write that no device of the address signed, or that are far in the future', async () => {
    const [bob, mallory] = [testIdentity(), testIdentity()]
    const address = bob.certificate.addressText
    const list = (signer: OverlayIdentity, version: number, senders: string[] = []) => {
      const signature = signAllowed(signer.deviceKey, { address, version, senders })
      return { kind: 'allowed', address, version, senders, certificate: signer.certificate.signed, signature } as const
    }
    const friend = mallory.certificate.addressText
    const good = list(bob, now, [friend])
    await give([good])
    const forged = [
      list(mallory, now + 1),
      { ...list(mallory, now + 1), certificate: bob.certificate.signed },
      { ...good, version: now + 1 },
      { ...good, version: now + 1, senders: [] },
    ]
    for (const one of forged) await expect(give([one])).rejects.toMatchObject({ code: 'bad_signature' })
    for (const version of [Number.MAX_SAFE_INTEGER, now + DAY + 1])
      await expect(give([list(bob, version)])).rejects.toMatchObject({ code: 'invalid_params' })
    expect(net.state.rows.get('SELECT version FROM owner')).toEqual({ version: now })
    expect(net.state.rows.get('SELECT sender FROM allowed')).toEqual({ sender: friend })
    // A device that was revoked says nothing any more.
    const revocation = {
      kind: 'revocation',
      address,
      device: bob.certificate.deviceId,
      signed: new Uint8Array(),
    } as const
    await net.state.apply('merge', { facts: [revocation], now, quota: false })
    await expect(give([list(bob, now + 1)])).rejects.toMatchObject({ code: 'revoked' })
    expect(count('allowed')).toBe(1)
  })

  it('are refused as acceptances that the device did not sign, or signed for other bytes, and the mail stays', async () => {
    const [bob, mallory] = [testIdentity(), testIdentity()]
    const mail = mailFor(bob)
    const { address, device, expiresAt } = mail
    await give([deviceOf(bob), mail])
    const digest = sha256(mail.bytes)
    const accepted = (signature: Uint8Array, of = digest): Fact => ({
      kind: 'accepted',
      address,
      device,
      digest: of,
      signature,
      expiresAt,
    })
    const elsewhere = { address: mallory.certificate.addressText, digest }
    // Something else under the same id, which the device was given and took for what it is.
    const fake = sha256(new Uint8Array([...mail.bytes, 0]))
    const forged = [
      new Uint8Array(64),
      signAccepted(mallory.deviceKey, { address, digest }),
      signAccepted(bob.deviceKey, elsewhere),
      signAccepted(bob.deviceKey, { address, digest: fake }),
      bob.deviceKey.sign(digest),
    ]
    for (const signature of forged)
      await expect(give([accepted(signature)])).rejects.toMatchObject({ code: 'bad_signature' })
    await give([accepted(signAccepted(bob.deviceKey, { address, digest: fake }), fake)])
    expect([count('mail'), count('accepted')]).toEqual([1, 1])
    const good = accepted(signAccepted(bob.deviceKey, { address, digest }))
    await give([good])
    await give([good])
    await give([mail])
    expect([count('mail'), count('accepted')]).toEqual([0, 2])
  })

  it('of addresses that are the business of neither node are refused', async () => {
    for (let index = 0; index < 40; index++) net.parts.map.set(testRecord())
    const stranger = testRecord()
    const taken: string[] = []
    for (let index = 0; index < 60; index++) {
      const bob = testIdentity()
      const isOurs = net.parts.map
        .candidates(bob.certificate.addressText)
        .some(({ nodeKey }) => nodeKey === net.self.nodeKey)
      const result = await give([deviceOf(bob)], stranger).then(
        () => 'taken',
        (error: { code: string }) => error.code,
      )
      expect(result).toBe(isOurs ? 'taken' : 'unauthorized')
      taken.push(result)
    }
    expect(taken).toContain('unauthorized')
  })

  it('without end are refused: for devices that nobody knows, too many at once, too many bytes', async () => {
    const receiver = new FactReceiver(net.parts)
    const flood = Array.from({ length: 50 }, () => mailFor(testIdentity()))
    const results: string[] = []
    for (let round = 0; round < 101; round++) {
      const fresh = flood.map((mail) => ({ ...mail, device: toHex(systemRandom.bytes(32)) }))
      const given = receiver.receive(net.peer, fresh.map(encodeFact))
      results.push(
        await given.then(
          () => 'ok',
          (error: { code: string }) => error.code,
        ),
      )
    }
    expect(results.at(-1)).toBe('rate_limited')
    expect(count('mail')).toBeLessThanOrEqual(5_000)
    const atOnce = Array.from({ length: 40 }, () => receiver.receive(net.peer, [encodeFact(deviceOf(testIdentity()))]))
    const refused = (await Promise.allSettled(atOnce)).filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(8)
    // Another node is not held to it.
    await receiver.receive(testRecord(), [encodeFact(deviceOf(testIdentity()))])
  })

  it('without end are refused as revocations of wallets that nobody knows, not as those of known ones', async () => {
    const receiver = new FactReceiver(net.parts)
    const revocation = (seed = systemRandom.bytes(32)) => {
      const wallet = signingKeyFromSeed(new Secret(seed))
      const { signed } = issueRevocation(wallet, { devicePublicKey: wallet.publicKey, revokedAt: now })
      return encodeFact({ kind: 'revocation', address: '', device: '', signed })
    }
    const flood = Array.from({ length: 5_001 }, () => revocation())
    await expect(receiver.receive(net.peer, flood)).rejects.toMatchObject({ code: 'rate_limited' })
    expect(count('revocation')).toBe(5_000)
    const seed = systemRandom.bytes(32)
    await receiver.receive(net.peer, [encodeFact(deviceOf(testIdentity(seed.slice()))), ...flood.slice(0, 10)])
    await receiver.receive(net.peer, [revocation(seed.slice())])
    expect(count('revocation')).toBe(5_001)
  }, 20_000)

  it('are not confirmed where there is no room for them', async () => {
    const full = createEmbeddedState({
      path: ':memory:',
      limits: { ...defaultLimits, mailboxPerSender: { count: 2, bytes: 10_000 } },
      onError: () => {},
    })
    await full.start()
    const bob = testIdentity()
    const sender = testIdentity().certificate.addressText
    const receiver = new FactReceiver({ ...net.parts, state: full })
    const mails = Array.from({ length: 5 }, () => ({ ...mailFor(bob), sender }))
    await receiver.receive(net.peer, mails.slice(0, 4).map(encodeFact))
    await expect(receiver.receive(net.peer, mails.map(encodeFact))).rejects.toMatchObject({ code: 'rate_limited' })
    await full.stop()
  })
})

it('mail that another node makes up fills no more than its part: there is room for what is written here', async () => {
  const kept = { ...defaultLimits.kept, mailBytes: 100_000 }
  const small = createEmbeddedState({ path: ':memory:', limits: { ...defaultLimits, kept }, onError: () => {} })
  await small.start()
  const receiver = new FactReceiver({ ...net.parts, state: small })
  const made = Array.from({ length: 120 }, () => encodeFact(mailFor(testIdentity(), 1_000)))
  await expect(receiver.receive(net.peer, made)).rejects.toMatchObject({ code: 'rate_limited' })
  expect(Number(small.rows.get('SELECT sum(size) AS bytes FROM mail')?.['bytes'])).toBeLessThanOrEqual(75_000)
  const own = mailFor(testIdentity(), 2_000)
  const byNode = small.apply('merge', { facts: [own], now, quota: true, vouched: true })
  await expect(byNode).rejects.toMatchObject({ code: 'storage_full' })
  expect(await small.apply('merge', { facts: [own], now, quota: true })).toHaveLength(1)
  await small.stop()
})

describe('the feed of changes', () => {
  it('tells each node what it has a duty for, in pages, and begins again for another incarnation', async () => {
    for (let index = 0; index < 40; index++) net.parts.map.set(testRecord())
    const first = mailFor(testIdentity(), 3_000)
    const mails = Array.from({ length: 300 }, () => {
      const address = `0x${toHex(systemRandom.bytes(32))}`
      return { ...first, address, envelopeId: toHex(systemRandom.bytes(16)) }
    })
    await net.state.apply('merge', { facts: mails, now, quota: false })
    const incarnation = Buffer.from(net.state.incarnation, 'hex')
    const asking = net.parts.map.all()[5]?.nodeKey ?? ''
    const due = mails.filter(({ address }) => net.parts.map.homes(address).some(({ nodeKey }) => nodeKey === asking))
    const found: string[] = []
    let cursor = 0
    for (let pages = 0; pages < 100; pages++) {
      const page = changesFor(net.parts, asking, { incarnation, cursor })
      for (const fact of page.facts) if ('mail' in fact && fact.mail) found.push(toHex(fact.mail.envelopeId))
      if (page.next === cursor) break
      cursor = page.next
    }
    expect(found).toEqual(due.map(({ envelopeId }) => envelopeId))
    const other = changesFor(net.parts, asking, { incarnation: new Uint8Array(16), cursor })
    expect(other.facts.length).toBeGreaterThan(0)
  })
})
