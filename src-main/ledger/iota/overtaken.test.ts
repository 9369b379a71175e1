import { afterAll, beforeAll, expect, it } from 'vitest'
import { newPerson, type RunningLedger, startLedger } from '../testing/index.ts'

let running: RunningLedger
beforeAll(async () => void (running = await startLedger()))
afterAll(() => running.stop())

it('bytes are overtaken when another transaction has used their coin, and never by themselves', async () => {
  const { ledger } = running
  const [alice, bob] = [newPerson(), newPerson()]
  await ledger.faucet(alice.address)
  const order = { from: alice.address, to: bob.address }
  const [one, other] = await Promise.all([1n, 2n].map((nanos) => ledger.prepareTransfer({ ...order, nanos })))
  if (!one || !other) throw new Error('no transfers')
  expect(await ledger.overtaken(one.bytes)).toBe(false)
  await alice.submit(ledger, one)
  expect(await ledger.overtaken(one.bytes)).toBe(false)
  expect(await ledger.overtaken(other.bytes)).toBe(true)
  await expect(alice.submit(ledger, other)).rejects.toMatchObject({ code: 'conflict' })
})
