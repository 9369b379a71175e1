import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog } from '../../base/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import type { Connection } from '../link/connection.ts'
import { encodeFact, sizeOf } from './codec.ts'
import { Outbox } from './outbox.ts'
import { Outboxes } from './outboxes.ts'
import { FactReceiver } from './receiver.ts'
import { Replication } from './replication.ts'
import { startParts, testMail, testRecord, type TestParts } from './test-parts.ts'

const NOW = 1_700_000_000_000
const RATE_LIMITED = { code: 'rate_limited' }
let net: TestParts
/** Questions to other nodes, which do not answer before they are told to. */
let asked: (() => void)[]

beforeEach(async () => {
  asked = []
  net = await startParts(
    () => NOW,
    () => new Promise<never>((resolve) => asked.push(() => resolve({} as never))),
  )
})
afterEach(() => net.state.stop())

const mail = (size: number) => testMail(testIdentity(), NOW, size)

/** Gives so often within one turn; answers how many were not refused. */
async function taken(give: () => Promise<void>, count: number): Promise<number> {
  const refusals: unknown[] = []
  for (let number = 0; number < count; number++) give().catch((error: unknown) => refusals.push(error))
  await new Promise((resolve) => setImmediate(resolve))
  for (const refusal of refusals) expect(refusal).toMatchObject(RATE_LIMITED)
  return count - refusals.length
}

it('so many facts wait for one node that does not keep up, and so many bytes; more are refused', async () => {
  const small = mail(100)
  const first = new Outbox(net.peer, net.parts.peers, silentLog)
  expect(await taken(() => first.give(small), 10_000)).toBe(8_192)
  const large = mail(60_000)
  const second = new Outbox(net.peer, net.parts.peers, silentLog)
  const fit = Math.ceil((16 * 1024 * 1024) / sizeOf(encodeFact(large)))
  expect(await taken(() => second.give(large), 1_000)).toBe(fit)
})

it('facts wait for so many nodes at once; more are refused until somebody took what waits', async () => {
  const outboxes = new Outboxes(net.parts)
  const fact = mail(100)
  expect(await taken(() => outboxes.give(testRecord(), fact), 2_000)).toBe(1_024)
  await expect.poll(() => asked.length).toBe(1_024)
  for (const answer of asked.splice(0)) answer()
  await expect.poll(() => outboxes.size).toBe(0)
  const given = outboxes.give(testRecord(), fact)
  await expect.poll(() => asked.length).toBe(1)
  asked[0]?.()
  await given
  outboxes.stop()
})

it('one node may have so many frames worked on at once', async () => {
  const receiver = new FactReceiver(net.parts)
  const wire = [encodeFact(mail(100))]
  const results = await Promise.allSettled(Array.from({ length: 33 }, () => receiver.receive(net.peer, wire)))
  const refused = results.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(1)
  expect(results[32]).toMatchObject({ reason: RATE_LIMITED })
})

it('one node may give so many bytes at once, and another beside it', async () => {
  const receiver = new FactReceiver(net.parts)
  const fact = mail(60_000)
  const wire = encodeFact(fact)
  const fit = Math.floor((256 * 1024 * 1024) / sizeOf(wire))
  const some = Array.from({ length: 200 }, () => wire)
  for (let given = 0; given + some.length <= fit; given += some.length) await receiver.receive(net.peer, some)
  const refused = receiver.receive(net.peer, some.slice(0, (fit % some.length) + 1))
  await expect(refused).rejects.toMatchObject(RATE_LIMITED)
  await receiver.receive(net.self, [wire])
}, 20_000)

it('what another node answers is not refused for its bytes: it takes its time', async () => {
  let now = NOW
  const later = (ms: number, task: () => void) => {
    now += ms
    queueMicrotask(task)
    return () => {}
  }
  const receiver = new FactReceiver({ ...net.parts, clock: { now: () => now, steady: () => now, after: later } })
  const wire = encodeFact(mail(60_000))
  const page = Array.from({ length: 100 }, () => wire)
  const bytes = sizeOf(wire) * page.length
  for (let learned = 0; learned < 300 * 1024 * 1024; learned += bytes)
    expect(await receiver.learn(net.peer, page)).toBe(true)
  expect(now).toBeGreaterThan(NOW + 1_000)
}, 20_000)

it('so many facts that are signed are checked at once of one node, and more are refused', async () => {
  const receiver = new FactReceiver(net.parts)
  const junk = { $kind: 'revocation', revocation: { signed: new Uint8Array(9) } } as const
  const page = Array.from({ length: 1_000 }, () => junk)
  const codes: string[] = []
  for (let given = 0; given < 21; given++)
    await receiver.receive(net.peer, page).catch(({ code }: { code: string }) => codes.push(code))
  expect(codes).toEqual([...new Array<string>(20).fill('invalid_params'), 'rate_limited'])
}, 20_000)

it('one node may ask for changes so often, and another beside it', async () => {
  const { service } = new Replication(net.parts, () => [])
  const connection = { send: () => {} } as unknown as Connection
  const body = { incarnation: new Uint8Array(16), cursor: 0 }
  const ask = (node: NodeRecordValue) =>
    service.nodeFrames?.syncSince?.(connection, node, { name: 'syncSince', id: 1, body })
  for (let asked = 0; asked < 2_000; asked++) await ask(net.peer)
  expect(() => ask(net.peer)).toThrow(expect.objectContaining(RATE_LIMITED))
  await ask(testRecord())
})
