import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Person, startTestnet, type Testnet } from '../testing/testnet.ts'

const STRANGER = `0x${'c3'.repeat(32)}`
let net: Testnet
let alice: Person
beforeAll(async () => {
  net = await startTestnet({ nodes: 1 })
  alice = await net.person('Alice', { funded: true })
}, 30_000)
afterAll(() => net.stop())

const balance = async (account = 0) => (await alice.call('wallet.balance', { account })).nanos

describe('accounts', () => {
  test('of one phrase have balances and activities of their own, and pay each other', async () => {
    const { address, index, name } = await alice.call('wallet.addAccount', {})
    expect([index, name]).toEqual([1, 'Account 2'])
    const renamed = await alice.call('wallet.renameAccount', { account: 1, name: 'Savings' })
    expect(renamed).toMatchObject({ index: 1, address, name: 'Savings' })
    const arrives = alice.next('wallet.transaction', ({ account, direction }) => account === 1 && direction === 'in')
    const { digest } = await alice.call('wallet.send', { to: address, nanos: 3_000_000_000n, note: 'Put aside' })
    expect(await arrives).toMatchObject({ digest, counterparty: alice.address, nanos: 3_000_000_000n, state: 'done' })
    expect(await balance(1)).toBe(3_000_000_000n)
    const back = await alice.call('wallet.send', { account: 1, to: alice.address, nanos: 1_000_000_000n })
    const [newest] = (await alice.call('wallet.history', { account: 1 })).transactions
    expect(newest).toMatchObject({ digest: back.digest, direction: 'out', account: 1, nanos: 1_000_000_000n })
    const { transactions } = await alice.call('wallet.history', { filter: { text: 'savings' } })
    expect(transactions.map((each) => each.digest).sort()).toEqual([digest, back.digest].sort())
    await expect(alice.call('wallet.balance', { account: 9 })).rejects.toMatchObject({ code: 'not_found' })
  })

  test('are the same after a restart, with their names', async () => {
    const before = await alice.call('wallet.accounts', {})
    await alice.stop()
    await alice.restart()
    expect(await alice.call('wallet.accounts', {})).toEqual(before)
    expect(before.accounts.map(({ name }) => name)).toEqual(['Alice', 'Savings'])
  })

  test('cannot be used while Parley is locked', async () => {
    await alice.call('identity.lock', {})
    await expect(alice.call('wallet.send', { account: 1, to: STRANGER, nanos: 1n })).rejects.toMatchObject({
      code: 'locked',
    })
    await alice.call('identity.unlock', { passphrase: 'correct horse battery' })
  })
})

describe('a payment', () => {
  test('is refused without an amount, with two, with nothing, with a fraction, with less than nothing', async () => {
    const bad: object[] = [
      {},
      { nanos: 1n, all: true },
      { nanos: 0n },
      { nanos: '1.5' },
      { nanos: '-1' },
      { nanos: -1n },
      { all: false },
    ]
    for (const amount of bad)
      for (const method of ['wallet.send', 'wallet.estimate'] as const)
        await expect(alice.call(method, { to: STRANGER, ...amount })).rejects.toMatchObject({ code: 'invalid_params' })
    const over = (await balance()) + 1n
    await expect(alice.call('wallet.send', { to: STRANGER, nanos: over })).rejects.toMatchObject({
      code: 'insufficient_funds',
    })
  })

  test('side by side with 29 others uses other coins, and all of them land', async () => {
    const before = await balance()
    const paid = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        alice.call('wallet.send', { to: STRANGER, nanos: BigInt(1000 + index) }),
      ),
    )
    expect(new Set(paid.map(({ digest }) => digest)).size).toBe(30)
    const cost = paid.reduce((sum, { fee }, index) => sum + fee.burned + fee.deposit + BigInt(1000 + index), 0n)
    expect(await balance()).toBe(before - cost)
    const { transactions } = await alice.call('wallet.history', { limit: 30, filter: { direction: 'out' } })
    expect(transactions.every(({ state }) => state === 'done')).toBe(true)
  })

  test('has a note that stays on this device, can be changed, found and taken away', async () => {
    const { digest } = await alice.call('wallet.send', { to: STRANGER, nanos: 5n, note: 'Ünicorn' })
    const changed = alice.next('wallet.transaction', ({ note }) => note === 'Rent')
    await alice.call('wallet.setNote', { digest, note: 'Rent' })
    expect((await changed).digest).toBe(digest)
    const find = async (text: string) => (await alice.call('wallet.history', { filter: { text } })).transactions
    expect((await find('rent')).map((each) => each.digest)).toEqual([digest])
    await alice.call('wallet.setNote', { digest, note: '' })
    expect(await find('rent')).toEqual([])
    await expect(alice.call('wallet.setNote', { digest: '1'.repeat(32), note: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('of everything leaves nothing, from hundreds of coins too, and costs what was shown', async () => {
    const target = (await alice.call('wallet.addAccount', { name: 'Many coins' })).index
    const { address } = (await alice.call('wallet.accounts', {})).accounts[target] as { address: string }
    const batch = Array.from({ length: 40 }, () => alice.call('wallet.send', { to: address, nanos: 2_000_000n }))
    await Promise.all(batch)
    const shown = await alice.call('wallet.estimate', { account: target, to: STRANGER, all: true })
    expect(shown.total).toBe(80_000_000n)
    expect(shown.nanos).toBe(80_000_000n - shown.fee.burned - shown.fee.deposit)
    expect(shown.fee.deposit).toBeLessThan(0n)
    const paid = await alice.call('wallet.send', { account: target, to: STRANGER, all: true })
    expect(paid.fee).toEqual(shown.fee)
    expect(await balance(target)).toBe(0n)
    const again = alice.call('wallet.send', { account: target, to: STRANGER, all: true })
    await expect(again).rejects.toMatchObject({ code: 'insufficient_funds' })
  })

  test('of a record on the ledger is told apart from a payment', async () => {
    const fee = await alice.app.handlers['wallet.estimate']({ to: STRANGER, nanos: 1n, account: 0 })
    expect(fee.fee.burned).toBe(1_000_000n)
    const faucet = await alice.call('wallet.history', { limit: 200, filter: { direction: 'in' } })
    expect(new Set(faucet.transactions.map(({ kind, account }) => `${account} ${kind}`))).toContain('0 faucet')
  })
})

describe('activities', () => {
  test('come in pages, by state, by time, by direction and by text', async () => {
    const all = (await alice.call('wallet.history', { limit: 200 })).transactions
    const paged = []
    for (let before: string | undefined; ;) {
      const page = (await alice.call('wallet.history', { limit: 17, ...(before ? { before } : {}) })).transactions
      paged.push(...page)
      if (page.length < 17) break
      before = page.at(-1)?.digest
    }
    expect(paged).toEqual(all)
    const ask = async (filter: object) => (await alice.call('wallet.history', { limit: 200, filter })).transactions
    expect(await ask({ state: 'failed' })).toEqual([])
    expect(await ask({ direction: 'in' })).toEqual(all.filter(({ direction }) => direction === 'in'))
    const middle = all[10]?.at ?? 0
    expect(await ask({ from: middle })).toEqual(all.filter(({ at }) => at >= middle))
    expect(await ask({ to: middle })).toEqual(all.filter(({ at }) => at <= middle))
    expect(await ask({ text: STRANGER.slice(0, 20) })).toEqual(all.filter((each) => each.counterparty === STRANGER))
  })

  test('have details, and no explorer on a local ledger', async () => {
    const [first] = (await alice.call('wallet.history', { limit: 1 })).transactions
    const digest = first?.digest ?? ''
    const detail = await alice.call('wallet.transaction', { digest })
    expect(detail.transaction).toEqual(first)
    expect(detail.checkpoint).toMatch(/^\d+$/)
    expect(detail.explorerUrl).toBeUndefined()
    await expect(alice.call('wallet.transaction', { digest: '1'.repeat(32) })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(alice.call('wallet.transaction', { digest: 'nonsense!' })).rejects.toMatchObject({
      code: 'invalid_params',
    })
  })

  test('go out as CSV', async () => {
    const { csv, complete, fileName } = await alice.call('wallet.exportCsv', {})
    const all = (await alice.call('wallet.history', { limit: 200 })).transactions
    expect(complete).toBe(true)
    expect(fileName).toMatch(/^parley-account-1-\d{4}-\d\d-\d\d\.csv$/)
    expect(csv.trimEnd().split('\r\n')).toHaveLength(all.length + 1)
  })

  test('show every type of coin, IOTA first', async () => {
    const { coins } = await alice.call('wallet.coins', {})
    expect(coins[0]).toMatchObject({
      coinType: '0x2::iota::IOTA',
      symbol: 'IOTA',
      decimals: 9,
      amount: await balance(),
    })
  })
})

test('while the ledger is away the last balance is there with its time, and activities as they were', async () => {
  const known = await alice.call('wallet.balance', {})
  const all = await alice.call('wallet.history', { limit: 200 })
  await net.devnet.stop()
  const state = async () => (await alice.call('network.status', {})).ledger.state
  await expect.poll(state, { timeout: 20_000 }).toBe('unreachable')
  const away = await alice.call('wallet.balance', {})
  expect(away).toEqual({ ...known, asOf: away.asOf })
  expect(Date.now() - (away.asOf ?? 0)).toBeLessThan(60_000)
  expect(await alice.call('wallet.history', { limit: 200 })).toEqual(all)
  await expect(alice.call('wallet.send', { to: STRANGER, nanos: 1n })).rejects.toMatchObject({
    code: 'ledger_unreachable',
  })
})
