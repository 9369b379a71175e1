import { expect, test } from 'vitest'
import { utf8 } from '../base/index.ts'
import { CERTIFICATE_MS, startTwo } from './testing/devices.ts'
import { Three } from './testing/three.ts'

const DAY = 86_400_000
const ROUND_MS = 4 * DAY
/** Until the first certificates have run out for a while. */
const ROUNDS = 10
/** As devices do: when a third of its time is left. */
const RENEWED_IN = Math.ceil(((CERTIFICATE_MS / ROUND_MS) * 2) / 3)

test('three devices go on with new keys when the certificates that they came in with have run out', async () => {
  const three = await Three.start()
  const all = await three.begin()
  for (let round = 1; round <= ROUNDS; round++) {
    three.pass(ROUND_MS)
    if (round === RENEWED_IN) for (const { device } of all) await device.renewCertificate()
    for (const one of all) await three.renew(one)
    for (const one of all) await three.catchUp(one)
  }
  const [bob, alice] = all
  expect(await three.epochs()).toEqual([1 + ROUNDS, 1 + ROUNDS, 1 + ROUNDS])
  expect(all.flatMap(({ lost }) => lost)).toEqual([])
  expect(await three.hear(alice, await three.say(bob, 'still here'))).toBe('still here')
  three.end()
  await three.stop()
}, 60_000)

test('so do two, by turns', async () => {
  const { lower, higher, stop } = await startTwo()
  const { packages } = await higher.sessions.ensureKeyPackages(1)
  const { groupId, welcome } = await lower.sessions.create(higher.address, packages)
  await higher.sessions.joinByWelcome(welcome, lower.address)
  const sides = [
    { one: lower, other: higher },
    { one: higher, other: lower },
  ]
  let made = 0
  for (let round = 1; round <= ROUNDS; round++) {
    for (const { one } of sides) {
      one.clock.ahead += ROUND_MS
      if (round === RENEWED_IN) await one.renewCertificate()
    }
    for (const { one, other } of sides) {
      let commit = new Uint8Array()
      if (!(await one.sessions.maintenance(other.address, (bytes) => (commit = new Uint8Array(bytes))))) continue
      made++
      await other.sessions.receive(groupId, commit, () => {})
    }
  }
  expect(made).toBeGreaterThanOrEqual(ROUNDS)
  let sent = new Uint8Array()
  await lower.sessions.encrypt(higher.address, utf8('still here'), (bytes) => (sent = new Uint8Array(bytes)))
  expect(await higher.sessions.receive(groupId, sent, () => {})).toBe('read')
  await stop()
}, 60_000)
