import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createServer, request as forward, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newPerson, type RunningLedger, startLedger } from '../ledger/testing/index.ts'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

let net: Testnet
let other: RunningLedger
beforeAll(async () => {
  net = await startTestnet({ nodes: 1 })
  other = await startLedger()
}, 30_000)
afterAll(async () => {
  await net.stop()
  await other.stop()
})

const chainOf = async (person: Person) => (await person.call('network.status', {})).ledger.chain

describe('another network', () => {
  test('is chosen with data of its own; back again everything is as it was', async () => {
    const alice = await net.person('Alice', { funded: true })
    await expect.poll(() => chainOf(alice)).toBeDefined()
    const [first, folder] = [await chainOf(alice), (await alice.call('app.info', {})).dataFolder]
    const { nanos } = await alice.call('wallet.balance', {})
    expect((await alice.call('network.choices', {})).networks).toEqual([
      { network: 'local', url: net.ledgerUrl, chosen: true },
      { network: 'testnet', url: 'https://indexer.testnet.iota.cafe', chosen: false },
      { network: 'mainnet', url: 'https://indexer.mainnet.iota.cafe', chosen: false },
      { network: 'custom', chosen: false },
    ])

    const { networks } = await alice.call('network.choose', { network: 'custom', url: `${other.rpc}/` })
    expect(networks.find(({ chosen }) => chosen)).toEqual({ network: 'custom', url: other.rpc, chosen: true })
    expect(await alice.call('wallet.balance', {})).toMatchObject({ address: alice.address, nanos: 0n })
    expect((await alice.call('wallet.history', {})).transactions).toEqual([])
    await expect.poll(() => chainOf(alice)).not.toBe(first)
    // S2 nodes belong to the network that they were given for.
    expect((await alice.call('network.status', {})).links).toEqual([])

    await alice.stop()
    await alice.restart()
    expect((await alice.call('network.choices', {})).networks[3]).toMatchObject({ url: other.rpc, chosen: true })
    await alice.call('network.choose', { network: 'local' })
    expect((await alice.call('wallet.balance', {})).nanos).toBe(nanos)
    await expect.poll(() => chainOf(alice)).toBe(first)
    expect(existsSync(join(folder, 'networks'))).toBe(true)
  })

  test('that is none, or is not there, is refused and the one before stays', async () => {
    const bob = await net.person('Bob')
    const choose = (url?: string) => bob.call('network.choose', { network: 'custom', ...(url ? { url } : {}) })
    for (const url of [undefined, 'nonsense', 'file:///etc/passwd', `http://x/${'y'.repeat(500)}`])
      await expect(choose(url)).rejects.toMatchObject({ code: 'invalid_params' })
    const secret = choose('http://bob:hunter2@127.0.0.1:1')
    await expect(secret).rejects.toMatchObject({ code: 'invalid_params' })
    await expect(secret).rejects.not.toThrow(/hunter2/)
    const ignored = bob.call('network.choose', { network: 'testnet', url: other.rpc })
    await expect(ignored).rejects.toMatchObject({ code: 'invalid_params' })
    expect((await bob.call('network.choices', {})).networks[0]?.chosen).toBe(true)
    expect((await bob.call('wallet.balance', {})).nanos).toBe(0n)
  })

  test('says in a link which it is: one for another ledger is refused', async () => {
    const carol = await net.person('Carol')
    await expect.poll(() => chainOf(carol)).toBeDefined()
    const links = await carol.call('wallet.receiveLink', { nanos: 1_500_000_000n, note: 'Für Brötchen & Tee' })
    for (const link of [links.parley, links.iota])
      expect(await carol.call('wallet.readLink', { link })).toEqual({
        address: carol.address,
        nanos: 1_500_000_000n,
        note: 'Für Brötchen & Tee',
        network: 'local',
      })
    await carol.call('network.choose', { network: 'custom', url: other.rpc })
    await expect.poll(() => chainOf(carol)).toBeDefined()
    await expect(carol.call('wallet.readLink', { link: links.parley })).rejects.toMatchObject({
      code: 'conflict',
      reason: 'wrong_network',
    })
  })
})

describe('a URL that serves another chain', () => {
  let proxy: Proxy | undefined
  afterEach(() => proxy?.close())

  test('than before is refused: nothing of it is shown, kept or paid; the right one is taken up again', async () => {
    proxy = await startProxy(other.rpc)
    const dora = await net.person('Dora')
    await other.ledger.faucet(dora.address)
    const { url } = proxy
    await dora.call('network.choose', { network: 'custom', url })
    const { nanos } = await dora.call('wallet.balance', {})
    expect(nanos).toBe(50_000_000_000n)
    proxy.target = net.ledgerUrl
    const refused = { code: 'conflict', reason: 'other_ledger' }
    await expect
      .poll(() => dora.call('wallet.send', { to: newPerson().address, nanos: 1n }).catch((error: unknown) => error), {
        timeout: 15_000,
      })
      .toMatchObject(refused)
    expect(await dora.call('wallet.balance', {})).toMatchObject({ nanos, asOf: expect.any(Number) as number })
    expect((await dora.call('network.status', {})).ledger).toMatchObject({
      state: 'unreachable',
      refused: 'other_ledger',
    })
    proxy.target = other.rpc
    await expect
      .poll(() => dora.call('wallet.balance', {}).then(({ asOf }) => asOf), { timeout: 25_000 })
      .toBeUndefined()
  }, 60_000)

  test('has data of its own when the network is chosen again; those of the first come back with it', async () => {
    const third = await startLedger()
    try {
      proxy = await startProxy(other.rpc)
      const erin = await net.person('Erin')
      const choose = () => erin.call('network.choose', { network: 'custom', url: proxy?.url ?? '' })
      await other.ledger.faucet(erin.address)
      await choose()
      await expect.poll(() => chainOf(erin)).toBeDefined()
      const first = await chainOf(erin)
      expect((await erin.call('wallet.balance', {})).nanos).toBeGreaterThan(49_000_000_000n)

      proxy.target = third.rpc
      await expect.poll(() => problemOf(erin)).toBe('other_ledger')
      await choose()
      expect(await erin.call('wallet.balance', {})).toMatchObject({ nanos: 0n })
      await expect.poll(() => chainOf(erin)).not.toBe(first)
      await erin.stop()
      await erin.restart()
      expect(await erin.call('wallet.balance', {})).toMatchObject({ nanos: 0n })

      proxy.target = other.rpc
      await expect.poll(() => problemOf(erin)).toBe('other_ledger')
      await choose()
      await expect.poll(() => chainOf(erin)).toBe(first)
      // Less the fee of the card that it may have written meanwhile.
      expect((await erin.call('wallet.balance', {})).nanos).toBeGreaterThan(49_000_000_000n)
    } finally {
      await third.stop()
    }
  }, 60_000)
})

describe('one ledger under two URLs', () => {
  let proxy: Proxy | undefined
  afterEach(() => proxy?.close())

  test('has one data set, so that no coin is held twice', async () => {
    proxy = await startProxy(net.ledgerUrl)
    const frank = await net.person('Frank', { funded: true })
    await frank.call('wallet.send', { to: newPerson().address, nanos: 1_000_000n })
    const before = (await frank.call('wallet.history', {})).transactions.map(({ digest }) => digest)
    await frank.call('network.choose', { network: 'custom', url: proxy.url })
    expect((await frank.call('network.status', {})).ledger.url).toBe(proxy.url)
    const after = (await frank.call('wallet.history', {})).transactions.map(({ digest }) => digest)
    expect(after).toEqual(before)
    const folder = (await frank.call('app.info', {})).dataFolder
    expect(existsSync(join(folder, 'networks'))).toBe(false)
    await frank.stop()
    await frank.restart()
    expect((await frank.call('network.status', {})).ledger.url).toBe(proxy.url)
    expect(existsSync(join(folder, 'networks'))).toBe(false)
  })

  test('that could not say so when it was chosen is not used before it is chosen again', async () => {
    proxy = await startProxy('http://127.0.0.1:1')
    const gina = await net.person('Gina', { funded: true })
    const { nanos } = await gina.call('wallet.balance', {})
    const choose = () => gina.call('network.choose', { network: 'custom', url: proxy?.url ?? '' })
    await choose()
    proxy.target = net.ledgerUrl
    await expect.poll(() => problemOf(gina)).toBe('same_ledger')
    const paying = gina.call('wallet.send', { to: newPerson().address, nanos: 1n })
    await expect(paying).rejects.toMatchObject({ code: 'conflict', reason: 'same_ledger' })
    await choose()
    expect((await gina.call('wallet.balance', {})).nanos).toBe(nanos)
    expect(await problemOf(gina)).toBeUndefined()
  }, 30_000)
})

const problemOf = async (person: Person) => (await person.call('network.status', {})).ledger.refused

interface Proxy {
  url: string
  target: string
  close(): void
}

/** A URL that serves whatever ledger it is pointed at. */
async function startProxy(target: string): Promise<Proxy> {
  const server: Server = createServer((incoming, response) => {
    const headers = { 'content-type': 'application/json' }
    const outgoing = forward(proxy.target, { method: 'POST', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const proxy: Proxy = { url, target, close: () => void server.close() }
  return proxy
}
