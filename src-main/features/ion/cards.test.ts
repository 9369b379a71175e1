import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { issueCertificate, sealingPublicKey, signingKeyFromSeed } from '../../crypto/index.ts'
import { newPerson, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import { CARD_MAGIC } from '../../wire/index.ts'
import { CardKeeper } from './card-keeper.ts'
import { issueCard, readCard } from './card.ts'
import { Cards } from './cards.ts'
import { openTestBoard, testPayer } from './test-board.ts'
import { newWriter, type Writer } from './test-writer.ts'

const keyPackage = new Uint8Array(1_200).fill(5)
let running: RunningLedger
let chain: string
const revoked = new Set<string>()

beforeAll(async () => {
  running = await startLedger()
  chain = await running.ledger.chain()
})
afterAll(() => running.stop())

function openCards(): Cards {
  const isRevoked = (_: string, device: string) => revoked.has(device)
  return new Cards({ ledger: running.ledger, chain, isRevoked, clock: systemClock, log: silentLog })
}

async function rich(writer: Writer) {
  const person = newPerson(writer.seed)
  await running.ledger.faucet(person.address)
  return { person, payer: testPayer(running.ledger, person) }
}

/** Another device of the same wallet. */
function otherDevice(writer: Writer): Writer['sealer'] {
  const deviceKey = signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
  const sealingKey = new Secret(systemRandom.bytes(32))
  const now = Date.now()
  const certificate = issueCertificate(signingKeyFromSeed(new Secret(writer.seed.slice())), {
    devicePublicKey: deviceKey.publicKey,
    sealingKey: sealingPublicKey(sealingKey),
    label: 'other',
    issuedAt: now,
    expiresAt: now + 1_000_000,
  })
  return { certificate, deviceKey, sealingKey, chain }
}

test('a card counts only of its address, for this ledger, whole, and in its time', () => {
  const alice = newWriter(chain)
  const now = Date.now()
  const memo = issueCard(alice.sealer, keyPackage, now)
  expect(readCard(memo, alice.address, chain, now)).toMatchObject({ keyPackage, issuedAt: now })
  expect(readCard(memo, alice.address, chain, now - 120_000)).toMatchObject({ issuedAt: now })
  const refused = (bytes: Uint8Array, address = alice.address, on = chain, at = now) => {
    try {
      return readCard(bytes, address, on, at)
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error
    }
  }
  expect(refused(memo, newWriter(chain).address)).toBe('bad_signature')
  expect(refused(memo, alice.address, '0badcafe')).toBe('bad_signature')
  expect(refused(memo, alice.address, chain, now - 200_000)).toBe('expired')
  expect(refused(memo, alice.address, chain, now + 400 * 24 * 3600_000)).toBe('expired')
  for (let at = 0; at < memo.length; at += 7) expect(typeof refused(memo.with(at, (memo[at] ?? 0) ^ 1))).toBe('string')
  for (const bad of [memo.slice(0, -1), CARD_MAGIC, new Uint8Array()]) expect(refused(bad)).toBe('invalid_params')
})

test('the newest valid card of an address counts, and nobody else can put one there', async () => {
  const alice = newWriter(chain)
  const mallory = newWriter(chain)
  const [own, foreign] = [await rich(alice), await rich(mallory)]
  const cards = openCards()
  expect(await cards.find(alice.address)).toBeUndefined()
  const first = issueCard(alice.sealer, keyPackage, Date.now())
  await own.payer.sendMemo(alice.address, 1n, first)
  const second = otherDevice(alice)
  await own.payer.sendMemo(alice.address, 1n, issueCard(second, keyPackage, Date.now()))
  await own.payer.sendMemo(alice.address, 1n, issueCard(second, keyPackage, Date.now()).with(40, 99))
  await foreign.payer.sendMemo(alice.address, 1n, first)
  await foreign.payer.sendMemo(mallory.address, 1n, first)
  expect((await cards.find(alice.address, true))?.device.deviceId).toBe(second.certificate.deviceId)
  expect(await cards.find(mallory.address)).toBeUndefined()
  revoked.add(second.certificate.deviceId)
  expect((await cards.find(alice.address, true))?.device.deviceId).toBe(alice.sealer.certificate.deviceId)
})

test('a card is published once, again only when it has changed or is not there, and waits for tokens', async () => {
  const alice = newWriter(chain)
  const person = newPerson(alice.seed)
  const { board, store, close } = await openTestBoard(running.ledger, { person, poor: true })
  let current = keyPackage
  let wanted = true
  const open = () => {
    const keeper = new CardKeeper({
      board,
      cards: openCards(),
      sealer: alice.sealer,
      keyPackage: async () => current,
      wanted: () => wanted,
      store,
      changed: () => {},
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    })
    keeper.start()
    return keeper
  }
  const keeper = open()
  onTestFinished(() => {
    keeper.stop()
    close()
  })
  await expect.poll(() => keeper.state).toEqual({ state: 'waiting', reason: 'insufficient_funds' })
  wanted = false
  keeper.look()
  await expect.poll(() => keeper.state).toEqual({ state: 'none' })
  wanted = true
  await running.ledger.faucet(alice.address)
  keeper.look()
  await expect.poll(() => keeper.state).toEqual({ state: 'published' })
  for (let again = 0; again < 5; again++) keeper.look()
  const second = open()
  await expect.poll(() => second.state).toEqual({ state: 'published' })
  expect(board.spent('card').records).toBe(1)
  current = keyPackage.with(0, 9)
  second.look()
  await expect.poll(() => board.spent('card').records).toBe(2)
  second.stop()
})
