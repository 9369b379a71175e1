import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { utf8 } from '../base/index.ts'
import { mlsReason } from '../crypto/index.ts'
import { MAX_ENVELOPE_BYTES } from '../wire/index.ts'
import { newWallet, startDevice, startTwo, type TestDevice, withStore } from './testing/devices.ts'

let both: Awaited<ReturnType<typeof startTwo>>
let a: TestDevice
let b: TestDevice
beforeAll(async () => {
  both = await startTwo()
})
afterAll(() => both.stop())

beforeEach(() => {
  a = { ...both.lower, ...withStore(both.lower) }
  b = { ...both.higher, ...withStore(both.higher) }
})
afterEach(() => {
  a.store.close()
  b.store.close()
})

async function packageOf(device: TestDevice): Promise<Uint8Array> {
  return (await device.sessions.ensureKeyPackages(1)).packages[0]!
}
async function connect(from: TestDevice, to: TestDevice) {
  const made = await from.sessions.create(to.address, [await packageOf(to)])
  return { made, joined: await to.sessions.joinByWelcome(made.welcome, from.address) }
}
async function say(from: TestDevice, to: TestDevice, text: string) {
  let sent: { message: Uint8Array; groupId: Uint8Array } | undefined
  await from.sessions.encrypt(to.address, utf8(text), (message, groupId) => (sent = { message, groupId }))
  return sent!
}
async function hear(device: TestDevice, sent: { message: Uint8Array; groupId: Uint8Array }): Promise<string> {
  let text = ''
  const outcome = await device.sessions.receive(sent.groupId, sent.message, (incoming) => {
    text = incoming.kind === 'application' ? new TextDecoder().decode(incoming.plaintext) : incoming.kind
  })
  return outcome === 'read' ? text : outcome
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as { code: string },
  )
const reason = async (work: Promise<unknown>) => mlsReason(await failure(work))

describe('a conversation of two', () => {
  test('is made by a Welcome that fits an envelope and carries messages both ways', async () => {
    const { made, joined } = await connect(a, b)
    expect(made.welcome.length).toBeLessThan(MAX_ENVELOPE_BYTES / 4)
    expect(joined.activeChanged).toBe(true)
    expect(await hear(b, await say(a, b, 'hello'))).toBe('hello')
    expect(await hear(a, await say(b, a, 'hi'))).toBe('hi')
    expect(await a.sessions.devices(b.address)).toEqual([b.certificate.deviceId])
    expect(a.sessions.hasGroup(b.address)).toBe(true)
    expect(a.sessions.hasGroup(a.address)).toBe(false)
  })

  test('encrypts a hundred at once in one transaction, and many calls at the same time in order', async () => {
    await connect(a, b)
    const texts = Array.from({ length: 100 }, (_, index) => `t${index}`)
    let batch: Uint8Array[] = []
    let groupId = new Uint8Array()
    await a.sessions.encryptMany(b.address, texts.map(utf8), (messages, id) => {
      batch = messages
      groupId = new Uint8Array(id)
    })
    expect(await Promise.all(batch.map((message) => hear(b, { message, groupId })))).toEqual(texts)
    const sent = await Promise.all(texts.map((text) => say(b, a, text)))
    expect(await Promise.all(sent.reverse().map((message) => hear(a, message)))).toEqual(texts.toReversed())
  })

  test('refuses a replay, an unknown group and a changed message, and still reads the genuine one', async () => {
    await connect(a, b)
    const sent = await say(a, b, 'once')
    const changed = new Uint8Array(sent.message)
    changed[changed.length - 1]! ^= 1
    expect((await failure(hear(b, { ...sent, message: changed })))?.code).toBe('bad_signature')
    expect(await hear(b, sent)).toBe('once')
    expect(await reason(hear(b, sent))).toBe('replay')
    expect((await failure(hear(b, { ...sent, groupId: new Uint8Array(32) })))?.code).toBe('not_found')
    expect((await failure(say(a, a, 'nobody')))?.code).toBe('not_found')
  })

  test('a failed transaction changes nothing: the same message is read again, the next one is sent', async () => {
    await connect(a, b)
    a.store.disk.failNext = true
    await expect(say(a, b, 'lost')).rejects.toThrow('disk full')
    a.store.disk.failNext = false
    const sent = await say(a, b, 'kept')
    b.store.disk.failNext = true
    await expect(hear(b, sent)).rejects.toThrow('disk full')
    b.store.disk.failNext = false
    const refuse = () => {
      throw new Error('refused by the caller')
    }
    await expect(b.sessions.receive(sent.groupId, sent.message, refuse)).rejects.toThrow('refused')
    expect(await hear(b, sent)).toBe('kept')
    expect(await hear(b, await say(a, b, 'after'))).toBe('after')
  })

  test('two messages of one key are never both sent: a state rolled back is loaded again', async () => {
    await connect(a, b)
    const [first, , third] = await Promise.allSettled([
      say(a, b, 'first'),
      a.sessions.encrypt(b.address, utf8('second'), () => {
        throw new Error('no')
      }),
      say(a, b, 'third'),
    ])
    for (const outcome of [third, first])
      if (outcome?.status === 'fulfilled' && outcome.value) expect(await hear(b, outcome.value)).toMatch(/first|third/)
    expect([first?.status, third?.status]).toEqual(['fulfilled', 'fulfilled'])
  })

  test('a worker that dies costs nothing that was acknowledged', async () => {
    await connect(a, b)
    const before = await say(a, b, 'before')
    let restarts = 0
    const off = b.engine.onRestart(() => restarts++)
    const pending = b.engine.createKeyPackages(50)
    await Promise.all([expect(pending).rejects.toMatchObject({ code: 'internal' }), b.crash()])
    expect(await hear(b, before)).toBe('before')
    expect(await reason(hear(b, before))).toBe('replay')
    expect(await hear(a, await say(b, a, 'back'))).toBe('back')
    expect(restarts).toBe(1)
    off()
  })
})

describe('invitations', () => {
  test('of both at once converge on the group of the lower address, and the other stays readable', async () => {
    const [forA, forB] = [await packageOf(a), await packageOf(b)]
    const byA = await a.sessions.create(b.address, [forB])
    const byB = await b.sessions.create(a.address, [forA])
    const early = [await say(a, b, 'from a'), await say(b, a, 'from b')] as const
    expect((await a.sessions.joinByWelcome(byB.welcome, b.address)).activeChanged).toBe(false)
    expect((await b.sessions.joinByWelcome(byA.welcome, a.address)).activeChanged).toBe(true)
    expect(await hear(b, early[0])).toBe('from a')
    expect(await hear(a, early[1])).toBe('from b')
    const late = await say(b, a, 'in one group')
    expect(late.groupId).toEqual(byA.groupId)
    expect(await hear(a, late)).toBe('in one group')
  })

  test('of the same person again replace the group; those of a new device do too', async () => {
    await connect(a, b)
    const again = await connect(a, b)
    expect(again.joined.activeChanged).toBe(true)
    const wallet = newWallet()
    const [old, renewed] = await Promise.all([startDevice(wallet), startDevice(wallet)])
    try {
      await connect(old, b)
      expect((await connect(renewed, b)).joined.activeChanged).toBe(true)
      expect(await b.sessions.devices(old.address)).toEqual([renewed.certificate.deviceId])
    } finally {
      await Promise.all([old.stop(), renewed.stop()])
    }
  })

  test('of a stranger, with a stranger, or taken twice are refused', async () => {
    const c = await startDevice()
    try {
      const [bPackage, last] = [await packageOf(b), (await b.sessions.ensureKeyPackages(0)).lastResort]
      const byA = await a.sessions.create(b.address, [bPackage])
      expect((await failure(b.sessions.joinByWelcome(byA.welcome, c.address)))?.code).toBe('unauthorized')
      expect((await failure(a.sessions.create(b.address, [await packageOf(b), await packageOf(c)])))?.code).toBe(
        'unauthorized',
      )
      const byLast = await a.sessions.create(b.address, [last])
      await b.sessions.joinByWelcome(byLast.welcome, a.address)
      expect(await hear(b, await say(a, b, 'x'))).toBe('x')
      expect(await reason(b.sessions.joinByWelcome(byLast.welcome, a.address))).toBe('replay')
      expect(await hear(b, await say(a, b, 'y'))).toBe('y')
    } finally {
      await c.stop()
    }
  })

  test('use up a key package, but never the last resort', async () => {
    const first = await b.sessions.ensureKeyPackages(3)
    expect(first.packages).toHaveLength(3)
    const second = await b.sessions.ensureKeyPackages(5, 4)
    expect(second.packages).toHaveLength(1)
    expect(second.lastResort).toEqual(first.lastResort)
    b.clock.ahead = 31 * 86_400_000
    expect((await b.sessions.ensureKeyPackages(0)).lastResort).not.toEqual(first.lastResort)
    b.clock.ahead = 0
    const made = await a.sessions.create(b.address, [first.packages[0]!])
    await b.sessions.joinByWelcome(made.welcome, a.address)
    expect(b.store.keyPackages.unused()).toHaveLength(3)
    const again = await a.sessions.create(b.address, [first.packages[0]!])
    expect((await failure(b.sessions.joinByWelcome(again.welcome, a.address)))?.code).toBe('not_found')
  })
})

describe('key updates', () => {
  test('come daily or every 150 messages, in turns; messages of the next epoch wait', async () => {
    await connect(a, b)
    const commits: { message: Uint8Array; groupId: Uint8Array }[] = []
    const keep = (message: Uint8Array, groupId: Uint8Array) => void commits.push({ message, groupId })
    expect(await b.sessions.maintenance(a.address, keep)).toBe(false)
    both.lower.clock.ahead = both.higher.clock.ahead = 25 * 3_600_000
    expect(await a.sessions.maintenance(b.address, keep)).toBe(false)
    expect(await b.sessions.maintenance(a.address, keep)).toBe(true)
    expect(await b.sessions.maintenance(a.address, keep)).toBe(false)
    const next = await say(b, a, 'next epoch')
    const old = await say(a, b, 'old epoch')
    expect(await hear(a, next)).toBe('later')
    expect(await hear(a, commits[0]!)).toBe('commit')
    expect(await hear(a, next)).toBe('next epoch')
    expect(await hear(b, old)).toBe('old epoch')
    expect(await a.sessions.maintenance(b.address, keep)).toBe(true)
    expect(await hear(b, commits[1]!)).toBe('commit')
    await a.sessions.encryptMany(
      b.address,
      Array.from({ length: 150 }, () => utf8('x')),
      () => {},
    )
    expect(await a.sessions.maintenance(b.address, keep)).toBe(false)
    expect(await b.sessions.maintenance(a.address, keep)).toBe(false)
    both.lower.clock.ahead = both.higher.clock.ahead = 0
  })
})

describe('a state that cannot be read', () => {
  test('is told apart, and abandoning it lets the next group take its place', async () => {
    const { made } = await connect(a, b)
    b.store.groups.saveState(made.groupId, new Uint8Array(100))
    await b.engine.forget(made.groupId)
    expect(await reason(say(b, a, 'x'))).toBe('state_lost')
    expect(await reason(hear(b, await say(a, b, 'y')))).toBe('state_lost')
    await b.sessions.abandon(made.groupId)
    expect(b.sessions.hasGroup(a.address)).toBe(false)
    await connect(a, b)
    expect(await hear(b, await say(a, b, 'again'))).toBe('again')
  })
})
