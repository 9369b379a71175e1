import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MlsWorker } from '../session/index.ts'
import { type Person, startTestnet, TEST_PASSPHRASE, type Testnet } from '../testing/testnet.ts'

/** 20 with PARLEY_DEATHS=20: the engine waits longer after each death, so this takes a minute. */
const DEATHS = Number(process.env.PARLEY_DEATHS ?? 6)

describe('what dies in the middle comes back', () => {
  let net: Testnet
  let alice: Person
  let bob: Person
  const workers: MlsWorker[] = []

  beforeAll(async () => {
    net = await startTestnet({ onMlsWorker: (worker) => workers.push(worker) })
    ;[alice, bob] = await Promise.all([net.person('Alice'), net.person('Bob')])
    await net.befriend(alice, bob)
  })
  afterAll(() => net.stop())

  test('the encryption worker is ended again and again under traffic: what was acknowledged arrives once', async () => {
    const acknowledged: string[] = []
    let running = true
    const traffic = (async () => {
      for (let serial = 0; running; serial++) {
        try {
          await alice.call('chats.send', { chat: bob.address, text: `w${serial}` })
          acknowledged.push(`w${serial}`)
        } catch {
          // Refused while the worker was away: not acknowledged, not counted.
        }
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })()
    for (let kill = 0; kill < DEATHS; kill++) {
      // Something gets through between two deaths; the moment after it is as good as random.
      const before = acknowledged.length
      await expect.poll(() => acknowledged.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(before)
      await new Promise((resolve) => setTimeout(resolve, (kill * 37) % 100))
      await workers.slice(-2)[kill % 2]?.terminate()
    }
    running = false
    await traffic
    await expect
      .poll(
        async () => {
          const texts = new Set(await allTexts(bob, alice.address))
          return acknowledged.filter((text) => !texts.has(text)).length
        },
        { timeout: 20_000 },
      )
      .toBe(0)
    const texts = await allTexts(bob, alice.address)
    expect(texts.length).toBe(new Set(texts).size)
  }, 120_000)
})

async function allTexts(person: Person, chat: string): Promise<(string | undefined)[]> {
  const texts: (string | undefined)[] = []
  for (let before: string | undefined; ;) {
    const { messages } = await person.call('chats.history', { chat, limit: 200, ...(before ? { before } : {}) })
    if (messages.length === 0) return texts
    texts.push(...messages.map((message) => message.text))
    before = messages.at(-1)?.id
  }
}

describe('a profile that cannot be opened', () => {
  test('a damaged database is told by its code, stays as it is, and leaves the app locked, not half open', async () => {
    const net = await startTestnet({ nodes: 1 })
    try {
      const carla = await net.person('Carla')
      await carla.call('identity.lock', {})
      const { dataFolder } = await carla.call('app.info', {})
      const file = join(dataFolder, 'parley.db')
      const damaged = readFileSync(file).fill(7, 0, 4096)
      rmSync(`${file}-wal`, { force: true })
      writeFileSync(file, damaged)
      const unlock = carla.call('identity.unlock', { passphrase: TEST_PASSPHRASE })
      await expect(unlock).rejects.toMatchObject({ code: 'storage_damaged' })
      expect(await carla.call('identity.status', {})).toMatchObject({ state: 'locked' })
      await expect(carla.call('contacts.list', {})).rejects.toMatchObject({ code: 'locked' })
      expect(readFileSync(file).equals(damaged)).toBe(true)
    } finally {
      await net.stop()
    }
  })
})
