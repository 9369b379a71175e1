import { expect, it } from 'vitest'
import { defaultLimits } from '../../limits/limits.ts'
import type { StateLimits } from '../merge.ts'
import { totalOf } from '../totals.ts'
import type { LocalState } from '../types.ts'
import { accepted, allowed, BOB, DAY, device, mail, NOW, revocation } from './facts.ts'
import { allChanges, merge } from './world.ts'

const kept = (change: Partial<StateLimits['kept']>) => ({ kept: { ...defaultLimits.kept, ...change } })
const wallet = (index: number) => ({ address: `0x${index}`, device: `d${index}` })

/** What a state that is full gives up, and for whom. */
export function roomSuite(
  open: (limits?: Partial<StateLimits>) => Promise<unknown>,
  at: (index: number) => LocalState,
  settled: () => Promise<unknown>,
) {
  const devices = (state: LocalState) =>
    state.rows.all('SELECT address FROM device ORDER BY address').map(({ address }) => address)

  it('lets newcomers in when strangers have filled it, and keeps who has mail, who said who may write, and who links', async () => {
    await open(kept({ devices: 8 }))
    await merge(at(0), [device(wallet(0)), mail(wallet(0))])
    await merge(at(1), [device(wallet(1)), allowed(1, ['0xa'], wallet(1).address)])
    await merge(at(2), [device(wallet(2))])
    for (let index = 3; index < 40; index++) {
      await merge(at(index), [device(wallet(index))], { now: NOW + index })
      await at(0).apply('see', { ...wallet(2), now: NOW + index })
    }
    await settled()
    const left = devices(at(0))
    expect(left).toHaveLength(8)
    expect(left).toEqual(expect.arrayContaining(['0x0', '0x1', '0x2', '0x39', '0x38', '0x37']))
    expect(totalOf(at(0).rows, 'device').count).toBe(8)
  })

  it('gives up what another node made up before those who linked here within a week', async () => {
    await open(kept({ devices: 10 }))
    for (let index = 0; index < 5; index++) await merge(at(index), [device(wallet(index))], { now: NOW - 6 * DAY })
    const made = Array.from({ length: 50 }, (_, index) => device(wallet(100 + index)))
    await merge(at(0), made, { quota: false })
    expect(devices(at(0))).toEqual(expect.arrayContaining([0, 1, 2, 3, 4].map((index) => wallet(index).address)))
    expect(devices(at(0))).toHaveLength(10)
  })

  it('refuses a device only where mail waits for all, and far too many are kept', async () => {
    await open(kept({ devices: 3 }))
    for (let index = 0; index < 6; index++) await merge(at(index), [device(wallet(index)), mail(wallet(index))])
    const refused = { code: 'storage_full', retryAfter: 60_000 }
    await expect(merge(at(0), [device(wallet(6))])).rejects.toMatchObject(refused)
    // Who is known is never refused.
    await merge(at(1), [device({ ...wallet(0), issuedAt: NOW + 1 })])
  })

  it('forgets with the last device of an address who may write to it, and its key packages', async () => {
    await open(kept({ devices: 1 }))
    await merge(at(0), [device(wallet(0)), allowed(1, ['0xa', '0xb'], wallet(0).address)])
    await at(1).apply('publishKeyPackages', { device: wallet(0).device, packages: [new Uint8Array(10)] })
    await merge(at(2), [device(wallet(1))])
    await settled()
    const left = (['allowed', 'owner', 'key_package', 'device'] as const).map((name) => totalOf(at(0).rows, name).count)
    expect(left).toEqual([0, 0, 0, 1])
  })

  it('gives up the lists of those who were not seen for longest beyond its entries', async () => {
    await open(kept({ contacts: 10 }))
    for (let index = 0; index < 5; index++) {
      const senders = [1, 2, 3].map((sender) => `0xs${sender}`)
      await merge(at(index), [device(wallet(index)), allowed(1, senders, wallet(index).address)], { now: NOW + index })
      await at(0).apply('see', { ...wallet(0), now: NOW + 50 + index })
    }
    await merge(at(0), [allowed(1, ['0xs1', '0xs2'], '0x99')])
    await settled()
    const owners = at(0)
      .rows.all('SELECT address FROM owner ORDER BY seq')
      .map(({ address }) => address)
    expect(owners).toEqual(['0x0', '0x4', '0x99'])
    expect(totalOf(at(0).rows, 'allowed').count).toBe(8)
  })

  it('halves the largest stock of key packages beyond its bytes, oldest first', async () => {
    await open(kept({ keyPackageBytes: 1_000 }))
    await merge(at(0), [device(wallet(0)), device(wallet(1))])
    const publish = (index: number, count: number, bytes: number) =>
      at(index).apply('publishKeyPackages', {
        device: wallet(index).device,
        packages: Array.from({ length: count }, (_, number) => new Uint8Array(bytes).fill(number)),
      })
    expect(await publish(0, 10, 90)).toBe(10)
    expect(await publish(1, 5, 30)).toBe(5)
    await settled()
    const counts = at(1).rows.all('SELECT device, count, bytes FROM stock ORDER BY device')
    expect(counts).toEqual([
      { device: 'd0', count: 5, bytes: 450 },
      { device: 'd1', count: 5, bytes: 150 },
    ])
    const [first] = await at(0).apply('takeKeyPackages', { devices: ['d0'] })
    expect(first?.keyPackage[0]).toBe(5)
  })

  it('shares the room for mail out by what is left, so that one who fills it leaves the others theirs', async () => {
    const large = { count: 1e6, bytes: 1e9 }
    await open({ ...kept({ mailBytes: 8_000_000 }), mailbox: large, mailboxPerSender: large })
    const bytes = new Uint8Array(50_000)
    const send = (sender: string, index: number) => merge(at(index), [mail({ sender, bytes: bytes.map(() => index) })])
    const fill = async (sender: string) => {
      for (let index = 0; index < 200; index++) {
        const refused = await merge(at(index), [
          mail({ sender, bytes: new Uint8Array(crypto.getRandomValues(bytes)) }),
        ]).then(
          () => undefined,
          (error: { code: string }) => error.code,
        )
        if (refused) return refused
      }
      return 'never'
    }
    expect(await fill('0xflood')).toBe('rate_limited')
    await settled()
    const taken = totalOf(at(0).rows, 'mail').bytes
    expect(taken).toBeGreaterThan(700_000)
    expect(taken).toBeLessThan(1_000_000)
    expect(await fill('0xother')).toBe('rate_limited')
    await settled()
    expect(totalOf(at(0).rows, 'mail').bytes - taken).toBeGreaterThan(600_000)
    await send('0xnew', 7)
  })

  it('refuses mail beyond its bytes, from replicas too, and takes it when something was accepted', async () => {
    await open(kept({ mailBytes: 150_000 }))
    const first = mail({ bytes: new Uint8Array(60_000).fill(1) })
    await merge(at(0), [first, mail({ sender: '0xb', bytes: new Uint8Array(60_000).fill(2) })])
    const more = mail({ sender: '0xc', bytes: new Uint8Array(60_000).fill(3) })
    await expect(merge(at(1), [more])).rejects.toMatchObject({ code: 'storage_full', retryAfter: 60_000 })
    expect(await merge(at(2), [more], { quota: false })).toEqual([])
    await merge(at(0), [accepted(first)])
    expect(await merge(at(1), [more])).toHaveLength(1)
    expect(totalOf(at(1).rows, 'mail')).toEqual({ count: 2, bytes: 120_000 })
  })

  it('forgets first of what was accepted that would be forgotten next', async () => {
    await open(kept({ accepted: 3 }))
    for (let hour = 1; hour <= 6; hour++) await merge(at(0), [accepted(mail({ expiresAt: NOW + hour * 3_600_000 }))])
    const left = allChanges(at(0)).flatMap(({ fact }) => (fact.kind === 'accepted' ? [fact.expiresAt - NOW] : []))
    expect(left).toEqual([4, 5, 6].map((hour) => hour * 3_600_000))
  })

  it('keeps the revocations of those who are seen when strangers bring more than it has room for', async () => {
    await open(kept({ revocations: 5 }))
    await merge(at(0), [device(), revocation({ device: 'b9' })])
    for (let index = 0; index < 20; index++)
      await merge(at(index), [revocation({ address: `0x${index}`, device: 'd' })])
    await merge(at(0), [device(wallet(50)), revocation({ ...wallet(50), device: 'lost' })])
    await settled()
    const left = allChanges(at(0)).flatMap(({ fact }) => (fact.kind === 'revocation' ? [fact.address] : []))
    expect(left).toHaveLength(5)
    expect(left).toEqual(expect.arrayContaining([BOB.address, '0x50']))
  })
}
