import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Process } from '../../testing/processes.ts'
import { runCli } from './cli.ts'

let folder: string
const processes: Process[] = []
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-cli-fees-'))))
afterAll(async () => {
  for (const process of processes.reverse()) await process.stop()
  await rm(folder, { recursive: true })
})

async function start(command: string, ...args: string[]): Promise<Process> {
  const started = await new Process(command, args, { PARLEY_PASSPHRASE: 'a test passphrase' }).start()
  processes.push(started)
  return started
}

async function run(...args: string[]) {
  const [out, said]: string[][] = [[], []]
  const io = {
    env: {},
    print: (line: string) => void out?.push(line),
    say: (line: string) => void said?.push(line),
    signal: AbortSignal.timeout(20_000),
    interactive: false,
  }
  const code = await runCli(args, io)
  return { code, line: (out?.[0] ? JSON.parse(out[0]) : {}) as Record<string, unknown>, said: said?.[0] ?? '' }
}

const caller =
  (daemon: Process) =>
  async (method: string, params: object = {}) => {
    const { api = '', token = '' } = daemon.ready
    const { code, line, said } = await run('call', method, JSON.stringify(params), '--api', api, `--token=${token}`)
    if (code !== 0) throw new Error(said)
    return line
  }

test('a node with prices, a person who has no URL of the ledger, a credit, and the rewards, all by the command line', async () => {
  const ledger = await start('devnet', '--port', '0')
  const { rpc = '', chain = '' } = ledger.ready
  const data = join(folder, 'node')
  const prices = ['--price-relay', '500000', '--price-store', '7', '--price-transaction', '2000', '--free-mb', '0.5']
  const node = await start('s2', '--ledger', rpc, '--data', data, ...prices)
  const { endpoint = '', nodeId = '' } = node.ready
  const common = ['--s2', endpoint, '--keystore', 'vault']
  const bob = await start('daemon', '--profile', join(folder, 'bob'), '--ledger', rpc, ...common)
  const light = await start('daemon', '--profile', join(folder, 'light'), '--ledger', 's2', '--chain', chain, ...common)
  const [callBob, call] = [caller(bob), caller(light)]
  await callBob('identity.create', { name: 'Bob', passphrase: 'a test passphrase' })
  const { address } = await call('identity.create', { name: 'Light', passphrase: 'a test passphrase' })
  await callBob('wallet.faucet')
  await callBob('wallet.send', { to: address, nanos: '2000000000' })
  await expect.poll(async () => (await call('wallet.balance'))['nanos'], { timeout: 20_000 }).toBe('2000000000')
  // Nodes pass on no wish for test tokens, and the sentence says where to ask.
  await expect(call('wallet.faucet')).rejects.toThrow(/faucet.*\[not_supported\]/)

  const usage = async () =>
    ((await call('network.usage'))['nodes'] as Record<string, unknown>[]).find((each) => each['nodeId'] === nodeId)
  await expect
    .poll(async () => (await usage())?.['prices'])
    .toEqual({ relayedMb: '500000', storedMbDay: '7', forwardedTransaction: '2000' })
  expect((await usage())?.['allowance']).toMatchObject({ bytesPerDay: 500_000 })
  const cost = await call('network.creditCost', { nodeId, nanos: '1000000' })
  expect(cost['fee']).toMatchObject({ relay: '2000' })
  const shown = { relayedMb: '500000', storedMbDay: '7', forwardedTransaction: '2000' }
  const deposit = { nodeId, nanos: '1000000' }
  const lower = call('network.openCredit', { ...deposit, prices: { ...shown, storedMbDay: '6' } })
  await expect(lower).rejects.toThrow(/asks for more now.*\[conflict\]/)
  const { channelId } = await call('network.openCredit', { ...deposit, prices: shown })

  const desk = ['--ledger', rpc, '--data', data]
  const rewards = await run('s2', 'rewards', ...desk)
  expect([rewards.code, rewards.line]).toMatchObject([0, { open: '0', collected: '0', channels: [] }])
  expect(rewards.line['owner']).toMatch(/^0x[0-9a-f]{64}$/)
  // Nothing is promised, so nothing is closed.
  const collected = await run('s2', 'collect', ...desk)
  expect([collected.code, collected.line]).toMatchObject([0, { closing: 0, settled: 0, nanos: '0' }])
  expect((await usage())?.['credit']).toMatchObject({ channelId, state: 'open', deposited: '1000000', paid: '0' })
  expect(await call('network.closeCost', { nodeId })).toMatchObject({ returned: '1000000', kept: '0', atOnce: true })
  expect(await call('network.closeCredit', { nodeId })).toMatchObject({ returned: '1000000' })
  const { line: nobody, ...refused } = await run('s2', 'rewards', '--ledger', rpc, '--data', join(folder, 'nobody'))
  expect([nobody, refused.code, refused.said]).toEqual([{}, 1, expect.stringContaining('[not_found]')])
}, 60_000)

test('a node with postage in its config file, and a person who is told what a contact request costs, agrees, and is heard', async () => {
  const ledger = await start('devnet', '--port', '0')
  const { rpc = '' } = ledger.ready
  const config = join(folder, 's2.json')
  await writeFile(config, JSON.stringify({ postage: '5000000' }))
  const node = await start('s2', '--ledger', rpc, '--data', join(folder, 'paid'), '--config', config)
  const { endpoint = '', nodeId = '' } = node.ready
  const common = ['--ledger', rpc, '--s2', endpoint, '--keystore', 'vault']
  const person = async (name: string) => {
    const call = caller(await start('daemon', '--profile', join(folder, `${name} with postage`), ...common))
    return [call, (await call('identity.create', { name, passphrase: 'a test passphrase' }))['address']] as const
  }
  const [[call], [callBob, bob]] = [await person('Alice'), await person('Bob')]
  await call('wallet.faucet')
  const contacts = async (of: typeof call) => (await of('contacts.list'))['contacts'] as Record<string, unknown>[]
  await call('contacts.add', { address: bob })
  await expect
    .poll(async () => (await contacts(call))[0]?.['postage'], { timeout: 20_000 })
    .toMatchObject({ nanos: '5000000', missing: '5000000', agreed: '0', nodeId })
  await call('network.openCredit', { nodeId, nanos: '5000000' })
  await call('contacts.add', { address: bob, postage: '5000000' })
  await expect.poll(() => contacts(callBob), { timeout: 20_000 }).toMatchObject([{ state: 'incoming' }])
  expect(await call('network.usage')).toMatchObject({ paid: '5000000' })
}, 60_000)

test.each([
  [['s2', '--ledger', 'http://h', '--price-relay', 'much', '--data', 'x'], '--price-relay is a whole number of NANOS'],
  [['s2', '--ledger', 'http://h', '--postage', '0.5', '--data', 'x'], '--postage is a whole number of NANOS'],
  [['s2', '--ledger', 'http://h', '--postage', '5'], '--data'],
  [['s2', '--ledger', 'http://h', '--price-relay', '1', '--free-mb', 'all', '--data', 'x'], 'megabytes a day'],
  [['s2', '--ledger', 'http://h', '--price-relay', '1'], '--data'],
  [['s2', '--ledger', 'http://h', '--metrics', '9000'], '--metrics is host:port'],
  [['s2', 'rewards', '--ledger', 'http://h'], '--data is missing'],
  [['s2', 'collect', '--ledger', 'http://h', '--data', 'x', '--to', '0x1'], '--to belongs to “parley s2 withdraw”'],
  [['s2', 'collect', '--data', 'x'], '--ledger is missing'],
  [['s2', 'spend', '--data', 'x'], 'rewards, collect'],
  [['daemon', '--profile', 'x', '--ledger', 's2'], '--chain is missing'],
  [['daemon', '--profile', 'x', '--ledger', 's2', '--chain', 'nonsense'], 'chain'],
  [['daemon', '--profile', 'x', '--ledger', 'http://h', '--chain', '0badcafe'], '--chain belongs to'],
])('%j exits 2 with one clear line', async (args, words) => {
  const { code, said } = await run(...args)
  expect(code).toBe(2)
  expect(said).toContain(words)
})
