import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { waitFor } from '../../../testing/testnet-nodes.ts'
import { MAX_STOCK } from '../../constants.ts'
import type { Step } from '../../log/core/types.ts'
import { LOG_MEMORY, SqlReader } from '../logs.ts'
import type { StateLimits } from '../merge.ts'
import type { Fact, LocalState } from '../types.ts'
import { accepted, allowed, BOB, DAY, device, mail, NOW, revocation } from './facts.ts'
import { logRoomSuite } from './log-room-suite.ts'
import { roomSuite } from './room-suite.ts'
import { allChanges, digest, envelopes, merge, type StateWorld, type WorldKind } from './world.ts'

const FACTS = new URL('./facts.ts', import.meta.url).href
/** Tells each envelope that it has acknowledged. */
const WRITING = `
  await state.start()
  for (;;) {
    const mails = Array.from({ length: 10 }, () => mail())
    await Promise.all(mails.map((one) => state.apply('merge', { facts: [one], now: NOW, quota: true })))
    for (const { envelopeId } of mails) console.log(envelopeId)
  }
`

/** What every state must do, whoever keeps it. */
export function stateSuite(kind: WorldKind): void {
  let world: StateWorld | undefined
  const open = async (limits?: Partial<StateLimits>) => (world = await kind.open(limits))
  const at = (index: number): LocalState => world?.states[index % world.states.length] as LocalState
  afterEach(async () => {
    await world?.close()
    world = undefined
  })

  const settledSlots = async () => {
    await world?.settled()
    return (world?.states ?? []).map((state) => new SqlReader(() => state.rows).slot(BOB.address, 0))
  }

  describe(`the ${kind.name} state`, () => {
    it('keeps the order of arrival and takes an envelope once', async () => {
      await open()
      const mails = Array.from({ length: 60 }, () => mail())
      for (const [index, one] of mails.entries()) expect(await merge(at(index), [one])).toHaveLength(1)
      expect(await merge(at(1), mails.slice(0, 3))).toEqual([])
      await world?.settled()
      for (const state of world?.states ?? [])
        expect(envelopes(state)).toEqual(mails.map(({ envelopeId }) => envelopeId))
    })

    it('holds a sender to its share and the device to its whole, and frees both', async () => {
      await open({ mailboxPerSender: { count: 2, bytes: 1_000 }, mailbox: { count: 3, bytes: 1_000 } })
      const first = mail()
      await merge(at(0), [first, mail()])
      await expect(merge(at(1), [mail()])).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 60_000 })
      await merge(at(2), [mail({ sender: '0xca501' })])
      await expect(merge(at(0), [mail({ sender: '0xdave' })])).rejects.toMatchObject({ code: 'rate_limited' })
      await merge(at(1), [accepted(first)])
      await merge(at(2), [mail()])
      const large = mail({ device: 'e0', bytes: new Uint8Array(1_001) })
      await expect(merge(at(0), [large])).rejects.toMatchObject({ code: 'rate_limited' })
      expect(await merge(at(0), [mail({ address: '0xother' })])).toHaveLength(1)
    })

    it('keeps one request of a stranger', async () => {
      await open()
      await merge(at(0), [mail({ request: true })])
      await expect(merge(at(1), [mail({ request: true })])).rejects.toMatchObject({ code: 'rate_limited' })
      await merge(at(2), [mail({ request: true, sender: '0xca501' })])
    })

    it('refuses a command as a whole, and leaves out only what is refused for replicas', async () => {
      await open({ mailboxPerSender: { count: 1, bytes: 1_000 } })
      await expect(merge(at(0), [mail(), mail()])).rejects.toMatchObject({ code: 'rate_limited' })
      expect(envelopes(at(0))).toEqual([])
      await merge(at(0), [revocation()])
      const other = mail({ device: 'b1' })
      expect(await merge(at(1), [mail(), other], { quota: false })).toEqual([other])
    })

    it('forgets what has expired, and does not take it in', async () => {
      await open()
      expect(await merge(at(0), [mail({ expiresAt: NOW })])).toEqual([])
      const one = mail({ expiresAt: NOW + 1_000 })
      const two = mail({ expiresAt: NOW + 1_000 })
      await merge(at(0), [one, two, mail()])
      await merge(at(1), [accepted(one)])
      expect(await at(2).apply('sweep', { now: NOW + 1_000, limit: 100 })).toBe(2)
      expect(allChanges(at(2))).toHaveLength(1)
      expect(await at(0).apply('sweep', { now: NOW + 1_000, limit: 100 })).toBe(0)
    })

    it('keeps the word that an envelope was accepted until it would have expired', async () => {
      await open()
      const [early, late] = [mail(), mail()]
      await merge(at(0), [early])
      expect(await merge(at(1), [accepted(early), accepted(late)], { quota: false })).toHaveLength(2)
      expect(await merge(at(2), [early, late], { quota: false })).toEqual([])
      expect(allChanges(at(2)).map(({ fact }) => fact.kind)).toEqual(['accepted', 'accepted'])
      await at(0).apply('sweep', { now: NOW + DAY, limit: 100 })
      expect(allChanges(at(0))).toEqual([])
    })

    it('tells envelopes of one id apart by their bytes', async () => {
      await open()
      const one = mail()
      const other = mail({ envelopeId: one.envelopeId })
      await merge(at(0), [one])
      expect(await merge(at(1), [other])).toHaveLength(1)
      await merge(at(2), [accepted(other)], { quota: false })
      await world?.settled()
      expect(allChanges(at(0)).map(({ fact }) => fact)).toEqual([one, accepted(other)])
    })

    it('gives no key package to two, whoever asks at once', async () => {
      await open()
      await merge(at(0), [device()])
      const packages = Array.from({ length: 40 }, (_, index) => new Uint8Array([index]))
      expect(await at(0).apply('publishKeyPackages', { device: BOB.device, packages })).toBe(40)
      const taken = await Promise.all(
        Array.from({ length: 50 }, (_, index) => at(index).apply('takeKeyPackages', { devices: [BOB.device] })),
      )
      const numbers = taken.flat().map(({ keyPackage }) => keyPackage[0] ?? -1)
      expect(numbers.sort((a, b) => a - b)).toEqual(packages.map((_, index) => index))
    })

    it('keeps the newest key packages, of devices that it knows', async () => {
      await open()
      const packages = Array.from({ length: MAX_STOCK + 2 }, (_, index) => new Uint8Array([index]))
      const unknown = at(0).apply('publishKeyPackages', { device: BOB.device, packages })
      await expect(unknown).rejects.toMatchObject({ code: 'not_found' })
      await merge(at(0), [device()])
      expect(await at(1).apply('publishKeyPackages', { device: BOB.device, packages })).toBe(MAX_STOCK)
      const [first] = await at(2).apply('takeKeyPackages', { devices: [BOB.device, 'nobody'] })
      expect(first).toEqual({ device: BOB.device, keyPackage: new Uint8Array([2]) })
    })

    it('drops mail, packages and the device when it is revoked, for its own address only', async () => {
      await open()
      const foreign = { ...BOB, address: '0xother' }
      await merge(at(0), [device(), device(foreign), device({ device: 'b1' }), mail(), mail(foreign)])
      await at(0).apply('publishKeyPackages', { device: BOB.device, packages: [new Uint8Array([1])] })
      expect(await merge(at(1), [revocation()])).toHaveLength(1)
      expect(await merge(at(2), [revocation()])).toEqual([])
      await expect(merge(at(0), [mail()])).rejects.toMatchObject({ code: 'revoked' })
      await expect(merge(at(1), [device({ issuedAt: NOW + 1 })])).rejects.toMatchObject({ code: 'revoked' })
      expect(await at(0).apply('takeKeyPackages', { devices: [BOB.device] })).toEqual([])
      await world?.settled()
      const left = allChanges(at(1)).map(({ fact }) => `${fact.kind} ${fact.address}`)
      expect(left).toEqual(['device 0xother', 'device 0xb0b', 'mail 0xother', 'revocation 0xb0b'])
    })

    it('merges allowed lists and devices to the same in any order', async () => {
      const facts: Fact[] = [
        allowed(5, ['0x1', '0x2']),
        allowed(5, ['0x1', '0x3']),
        allowed(4, ['0x9']),
        device({ lastResort: { version: 1, keyPackage: new Uint8Array([1]), signature: new Uint8Array([3]) } }),
        device({ issuedAt: NOW + 1, certificate: new Uint8Array([2]) }),
        device({ issuedAt: NOW + 1, certificate: new Uint8Array([3]) }),
        device({ lastResort: { version: 2, keyPackage: new Uint8Array([2]), signature: new Uint8Array([4]) } }),
      ]
      await open()
      for (const order of [facts, [...facts].reverse()]) {
        const address = `0x${order === facts ? 1 : 2}`
        for (const [index, fact] of order.entries()) await merge(at(index), [{ ...fact, address }])
      }
      await world?.settled()
      const seen = (address: string) =>
        allChanges(at(0), (of) => of === address).map(({ fact }) => ({ ...fact, address: '' }))
      const found = seen('0x1').sort((a, b) => a.kind.localeCompare(b.kind))
      expect(seen('0x2').sort((a, b) => a.kind.localeCompare(b.kind))).toEqual(found)
      expect(found).toMatchObject([
        { version: 5, senders: ['0x1', '0x3'] },
        {
          issuedAt: NOW + 1,
          certificate: new Uint8Array([3]),
          lastResort: { version: 2, signature: new Uint8Array([4]) },
        },
      ])
    })

    it('tells the newest change of each fact, to those who want it, from where they are', async () => {
      await open()
      const one = mail()
      await merge(at(0), [allowed(1, ['0x1']), one, mail({ address: '0xother' }), allowed(2, ['0x2']), accepted(one)])
      const bobs = allChanges(at(0), (address) => address === BOB.address)
      expect(bobs.map(({ fact }) => fact.kind)).toEqual(['allowed', 'accepted'])
      const first = at(0).changes(0, 1, () => true)
      expect(first.changes).toHaveLength(1)
      expect(at(0).changes(first.next, 10, () => true).changes).toHaveLength(2)
      const end = at(0).changes(0, 100, () => false).next
      expect(at(0).changes(end, 100, () => true)).toEqual({ changes: [], next: end })
      expect(at(0).changes(end + 1, 100, () => true).changes).toHaveLength(3)
    })

    it('tells its listeners what was news, in every process', async () => {
      await open()
      const heard: Fact[][] = []
      for (const state of new Set(world?.states)) {
        const facts: Fact[] = []
        heard.push(facts)
        state.onApplied(() => {
          throw new Error('a listener that fails')
        })
        state.onApplied((news) => facts.push(...news))
      }
      const one = mail()
      await merge(at(0), [one])
      await merge(at(1), [one, allowed(1, [])])
      await world?.settled()
      for (const facts of heard) expect(facts.map(({ kind }) => kind)).toEqual(['mail', 'allowed'])
    })

    it('forgets facts by their place, without a word', async () => {
      await open()
      await merge(at(0), [device(), allowed(1, ['0x1']), mail(), mail(), revocation({ device: 'b1' })])
      const seqs = allChanges(at(0)).map(({ seq }) => seq)
      expect(await at(0).apply('forget', { seqs: seqs.filter((_, index) => index !== 3) })).toBe(3)
      expect(allChanges(at(0)).map(({ fact }) => fact.kind)).toEqual(['mail', 'revocation'])
    })

    it('is the same after a restart, with the same incarnation, and keeps small values', async () => {
      await open()
      await merge(at(0), [mail(), device(), allowed(3, ['0x1'])])
      await at(0).apply('setMeta', { name: 'salt', value: new Uint8Array([1, 2]) })
      await at(1).apply('setMeta', { name: 'gone', value: new Uint8Array([1]) })
      await at(0).apply('setMeta', { name: 'gone', value: undefined })
      await world?.settled()
      const before = { facts: allChanges(at(0)), incarnation: at(0).incarnation, digest: digest(at(0)) }
      const again = await world?.restart(0)
      if (!again) throw new Error('no state')
      expect({ facts: allChanges(again), incarnation: again.incarnation, digest: digest(again) }).toEqual(before)
      expect(again.rows.all('SELECT name, value FROM meta')).toEqual([{ name: 'salt', value: new Uint8Array([1, 2]) }])
      await merge(again, [mail()])
    })

    it('keeps what it acknowledged when its process is killed', async () => {
      await open()
      const source = `import { mail, NOW } from ${JSON.stringify(FACTS)}\n${world?.program() ?? ''}\n${WRITING}`
      const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const told: string[] = []
      createInterface(child.stdout).on('line', (line) => told.push(line))
      const ended = new Promise((resolve) => child.once('close', resolve))
      await waitFor(() => told.length > 200, 15_000).finally(() => child.kill('SIGKILL'))
      await ended
      const state = await world?.afterwards()
      if (!state) throw new Error('no state')
      await waitFor(() => {
        const found = new Set(envelopes(state))
        return told.every((id) => found.has(id))
      })
    })

    it('votes once for all processes in a group log, and knows its votes after a restart', async () => {
      await open()
      const [self = '', other = ''] = ['a', 'b'].map((digit) => digit.repeat(64))
      const founding = { owner: BOB.address, via: self, proof: new Uint8Array(64) }
      const view = { number: 1, after: 0, members: [self, other], previous: [], ...founding, floor: 0, used: 0 }
      const take = (index: number, step: Step) =>
        at(index).apply('log', { group: BOB.address, self, from: self, now: NOW, step })
      const lead = (value: number) => ({ kind: 'lead', view: 1, epoch: 0, value: new Uint8Array([value]) }) as const
      // As a node does whose key is as old as its database; one that lost it must not vote in a view that it is told of.
      await at(0).apply('setMeta', { name: LOG_MEMORY, value: new Uint8Array([1]) })
      await take(0, { kind: 'adopt', view })
      const answers = await Promise.all([1, 2, 3].map((value) => take(value, lead(value))))
      expect(answers.map(({ kind }) => kind).sort()).toEqual(['accepted', 'bound', 'bound'])
      const [slot] = await settledSlots()
      for (const answer of answers) if (answer.kind === 'bound') expect(answer.value).toEqual(slot?.value)
      const again = await world?.restart(0)
      if (!again) throw new Error('no state')
      expect(new SqlReader(() => again.rows).slot(BOB.address, 0)).toEqual(slot)
      expect(new SqlReader(() => again.rows).total(BOB.address)).toEqual({ count: 1, bytes: 1, slots: 1 })
      // However old it is: who votes in a log forgets it only together with the others.
      expect(await again.apply('sweepLogs', { self, before: NOW + 1, limit: 10 })).toBe(0)
      expect(new SqlReader(() => again.rows).slot(BOB.address, 0)).toEqual(slot)
    })

    roomSuite(open, at, async () => world?.settled())
    logRoomSuite(open, at, async () => world?.settled())

    it('refuses with `offline` once it has stopped', async () => {
      await open()
      const state = at(0)
      await state.stop()
      await expect(merge(state, [mail()])).rejects.toMatchObject({ code: 'offline' })
    })
  })
}
