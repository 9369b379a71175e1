import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Clock, silentLog } from '../../base/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { defaultLimits } from '../limits/limits.ts'
import { NodeDatabase } from './database.ts'
import { envelopeHead } from '../relay/envelope-head.ts'
import type { RelayPeers } from '../relay/relay.ts'
import { testEnvelope } from '../test-device.ts'
import { Mailbox, type MailToStore } from './mailbox.ts'
import { MailMover } from './mover.ts'

function open(limits = {}) {
  let now = 1_000_000
  const clock: Clock = { now: () => now, after: () => () => {} }
  const database = new NodeDatabase(':memory:')
  const mailbox = new Mailbox(database, clock, { ...defaultLimits, ...limits })
  const mail = (change: Partial<MailToStore> = {}): MailToStore => ({
    device: 'bob',
    envelopeId: randomBytes(16).toString('hex'),
    sender: 'alice',
    request: false,
    ttl: 10_000,
    bytes: new Uint8Array(100),
    ...change,
  })
  return { database, mailbox, mail, pass: (ms: number) => (now += ms) }
}

describe('the mailbox', () => {
  it('keeps the order of arrival and takes an envelope once', async () => {
    const { mailbox, mail } = open()
    const mails = Array.from({ length: 50 }, () => mail())
    await Promise.all(mails.map((entry) => mailbox.store(entry)))
    await mailbox.store(mails[0] ?? mail())
    expect(mailbox.next('bob', 0, 100).map(({ envelopeId }) => envelopeId)).toEqual(
      mails.map((entry) => entry.envelopeId),
    )
    const [first] = mailbox.next('bob', 0, 1)
    await mailbox.remove('bob', first?.envelopeId ?? '')
    expect(mailbox.next('bob', 0, 100)).toHaveLength(49)
  })

  it('forgets what has expired', async () => {
    const { mailbox, mail, pass } = open()
    await mailbox.store(mail())
    pass(10_001)
    expect(mailbox.next('bob', 0, 10)).toEqual([])
    expect(await mailbox.sweep()).toBe(1)
  })

  it('holds a sender to its share and the device to its whole, and frees both on removal', async () => {
    const { mailbox, mail } = open({
      mailboxPerSender: { count: 2, bytes: 1_000 },
      mailbox: { count: 3, bytes: 1_000 },
    })
    const first = mail()
    await mailbox.store(first)
    await mailbox.store(mail())
    await expect(mailbox.store(mail())).rejects.toMatchObject({ code: 'rate_limited' })
    await mailbox.store(mail({ sender: 'carol' }))
    await expect(mailbox.store(mail({ sender: 'dave' }))).rejects.toMatchObject({ code: 'rate_limited' })
    await mailbox.remove('bob', first.envelopeId)
    await mailbox.store(mail())
    await expect(mailbox.store(mail({ device: 'eve', bytes: new Uint8Array(1_001) }))).rejects.toMatchObject({
      code: 'rate_limited',
    })
  })

  it('keeps one request of a stranger', async () => {
    const { mailbox, mail } = open()
    await mailbox.store(mail({ request: true }))
    await expect(mailbox.store(mail({ request: true }))).rejects.toMatchObject({ code: 'rate_limited' })
    await mailbox.store(mail({ request: true, sender: 'carol' }))
  })

  it('undoes only the write that fails in a shared transaction', async () => {
    const { database, mailbox, mail } = open()
    const results = await Promise.allSettled([
      mailbox.store(mail()),
      database.write(() => {
        database.run('DELETE FROM mail')
        throw new Error('no')
      }),
      mailbox.store(mail()),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(mailbox.next('bob', 0, 10)).toHaveLength(2)
  })
})

describe('the mail mover', () => {
  it('hands mail on to the new home nodes, in order, and keeps what they refuse', async () => {
    const { database, mailbox, mail } = open()
    const device = 'ab'.repeat(32)
    const sent: string[] = []
    const envelopes = Array.from({ length: 3 }, () => testEnvelope(testIdentity()))
    await database.write(() =>
      database.run('INSERT INTO device VALUES (?, ?, ?, ?, NULL)', device, '0xb0b', new Uint8Array(), 9e15),
    )
    for (const { id, bytes } of envelopes) await mailbox.store(mail({ device, envelopeId: id, bytes }))
    let accepting = true
    const peers: RelayPeers = {
      homes: () => ({ others: [{ nodeKey: 'n', endpoints: [], fingerprint: '', object: null }], here: false }),
      relay: async (_node, _sender, send) => {
        if (!accepting) throw new Error('refused')
        sent.push(envelopeHead(send.envelope).id)
        accepting = sent.length < 2
        return 'queued'
      },
    }
    const mover = new MailMover({
      database,
      mailbox,
      peers,
      clock: { now: () => 0, after: () => () => {} },
      log: silentLog,
    })
    mover.start()
    expect(await mover.round()).toBe(2)
    expect(sent).toEqual(envelopes.slice(0, 2).map(({ id }) => id))
    expect(database.get('SELECT count(*) AS count FROM mail')).toEqual({ count: 1 })
    mover.stop()
  })
})
