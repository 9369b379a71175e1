import { request as httpRequest } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret, systemClock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import { Faucet } from './faucet/index.ts'
import { Pages } from './pages/index.ts'
import {
  newAddress,
  payment,
  publishRegistry,
  registration,
  type SdkLedger,
  startSdk,
  testNode,
} from './testing/index.ts'

let ledger: SdkLedger
beforeAll(async () => {
  ledger = await startSdk()
})
afterAll(() => ledger.stop())

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** Own requests, because `fetch` adds headers of its own. */
function ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, ledger.rpc), { method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

const get = (path: string) => ask('GET', path)
const FORM = 'application/x-www-form-urlencoded'
const sendForm = (address: string, headers: Record<string, string> = {}) =>
  ask('POST', '/faucet', { 'content-type': FORM, ...headers }, new URLSearchParams({ address }).toString())

describe('the pages for people', () => {
  test('the overview says what this is, shows the chain, and nothing in it can run or come from elsewhere', async () => {
    const { status, headers, body } = await get('/')
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(body).toContain('its tokens have no value')
    expect(body).toContain(ledger.chain)
    const policy = String(headers['content-security-policy'])
    for (const rule of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(policy).toContain(rule)
    expect(policy).not.toMatch(/unsafe|script-src|https?:/)
    expect(body).not.toMatch(/<script|\sstyle=|\son\w+=|https?:\/\//)
  })

  test('the form of the faucet gives tokens and leads to the account', async () => {
    const address = newAddress()
    const { status, headers } = await sendForm(address, { origin: ledger.rpc })
    expect([status, headers.location]).toEqual([303, `/account/${address}?sent`])
    expect((await ledger.client.getBalance({ owner: address })).totalBalance).toBe('50000000000')
    const { body } = await get(`/account/${address}?sent`)
    expect(body).toContain('50.00 <span class="unit">IOTA</span>')
    expect(body).toContain('The faucet sent 50 IOTA.')
  })

  test('no page of another site can use the form, with or without an Origin', async () => {
    const address = newAddress()
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { host: 'evil.example' }])
      expect((await sendForm(address, headers)).status).toBe(403)
    expect((await sendForm(address)).status).toBe(403)
    expect((await sendForm(address, { 'content-type': 'application/json', origin: ledger.rpc })).status).toBe(415)
    expect((await ask('POST', '/', { 'content-type': FORM, origin: ledger.rpc }, 'a=b')).status).toBe(415)
    expect((await ledger.client.getBalance({ owner: address })).totalBalance).toBe('0')
  })

  test('a wrong address is explained beside the field, which keeps it', async () => {
    const { status, body } = await sendForm('0x12"><script>alert(1)</script>', { origin: ledger.rpc })
    expect(status).toBe(400)
    expect(body).toContain('role="alert"')
    expect(body).toContain('value="0x12&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
    expect(body).not.toContain('<script')
  })

  test('a transaction and an account can be found, and what is not there is said so', async () => {
    const [alice, bob] = [await ledger.funded(), newAddress()]
    const transaction = payment(bob, 1_234_567_890_123n / 1000n)
    const { digest } = await ledger.client.signAndExecuteTransaction({ transaction, signer: alice })
    expect((await get(`/find?q=${digest}`)).headers.location).toBe(`/transaction/${digest}`)
    expect((await get(`/find?q=%20iota:${bob}`)).headers.location).toBe(`/account/${bob}`)
    const { body } = await get(`/transaction/${digest}`)
    expect(body).toContain('1.23456789 <span class="unit">IOTA</span>')
    expect(body).toContain('Succeeded')
    for (const path of ['/find?q=<b>', '/transaction/11111111111111111111111111111111', '/find'])
      expect((await get(path)).status).toBe(404)
    for (const path of ['/account/0x1', '/account/%2F', '/transaction/x/y', '/nothing', '/.well-known/x'])
      expect((await get(path)).status).toBe(404)
    expect((await get('/find?q=<b>')).body).not.toContain('<b>')
  })

  test('an object has a page with its contents, its owner and what changed it last', async () => {
    const alice = await ledger.funded()
    const names = await publishRegistry(ledger.client, alice)
    const transaction = await registration(ledger.client, names.package, alice.toIotaAddress())
    const { digest } = await ledger.client.signAndExecuteTransaction({ transaction, signer: alice })
    const { body: before } = await get(`/transaction/${digest}`)
    expect(before).toContain('<dt>profile.endpoints</dt>')
    const links = new Set([...before.matchAll(/href="(\/object\/0x[0-9a-f]{64})"/g)].map(([, link]) => link ?? ''))
    const pages = await Promise.all([...links].map(async (link) => (await get(link)).body))
    const record = pages.find((page) => page.includes('<h1>NodeRecord</h1>')) ?? ''
    expect(record).toContain('Shared')
    expect(record).toContain('<dt>profile.prices.relayed_mb</dt>')
    expect(record).toContain(`href="/transaction/${digest}"`)
    expect((await get(`/object/${names.package}`)).body).toContain('channel, registry')
    expect((await get(`/object/0x${'6'.padStart(64, '0')}`)).body).toContain('the genesis')
    expect((await get(`/object/0x${'7'.repeat(64)}`)).status).toBe(404)
  })

  test('a failed transaction says why in words', async () => {
    const alice = await ledger.funded()
    const transaction = payment(newAddress(), 10n ** 18n)
    transaction.setGasBudget(5_000_000)
    const { digest } = await ledger.client.signAndExecuteTransaction({ transaction, signer: alice })
    const { body } = await get(`/transaction/${digest}`)
    expect(body).toContain('A coin held less than was to be split off.')
  })

  test('older transactions are pages, which stay what they are while new ones come', async () => {
    const alice = await ledger.funded()
    for (let count = 0; count < 18; count++)
      await ledger.client.signAndExecuteTransaction({ transaction: payment(newAddress(), 1), signer: alice })
    const link = /href="(\/\?before=\d+)"/.exec((await get('/')).body)?.[1] ?? ''
    const rows = async () => (await get(link)).body.match(/\/transaction\/\w+/g)
    const before = await rows()
    await ledger.client.signAndExecuteTransaction({ transaction: payment(newAddress(), 1), signer: alice })
    expect(before?.length).toBeGreaterThan(0)
    expect(await rows()).toEqual(before)
    for (const path of ['/?before=0', '/?before=999999999999999', '/?before=x', '/accounts?page=99'])
      expect((await get(path)).status).toBe(200)
  })
})

test('health names chain, epoch, checkpoint, uptime and storage', async () => {
  const { status, body } = await get('/health')
  expect(status).toBe(200)
  const checkpoint = Number(await ledger.client.getLatestCheckpointSequenceNumber())
  expect(JSON.parse(body)).toMatchObject({ status: 'ok', chain: ledger.chain, epoch: 0, checkpoint, storage: 'memory' })
  const folder = await mkdtemp(join(tmpdir(), 'parley-pages-'))
  const kept = await startSdk({ dataDir: folder })
  expect(await (await fetch(`${kept.rpc}/health`)).json()).toMatchObject({ storage: 'disk' })
  await kept.stop()
  await rm(folder, { recursive: true })
})

test('a ledger whose disk refuses says so on its pages and in its health', async () => {
  const { node, database, rich } = testNode()
  const full = new ParleyError('storage_full', 'The local ledger cannot write its database.')
  node.durable = () => Promise.reject(full)
  const faucet = new Faucet(node, signingKeyFromSeed(new Secret(rich.seed)), systemClock)
  const pages = new Pages({ node, faucet, clock: systemClock, kept: true })
  const none = new URLSearchParams()
  const ofPath = (path: string) => pages.answer({ method: 'GET', path, query: none, form: none })
  for (const path of ['/', '/accounts', `/account/${rich.address}`]) {
    const page = await ofPath(path)
    expect(page?.status).toBe(503)
    expect(page?.body).toContain('The ledger has stopped')
  }
  const health = await ofPath('/health')
  expect(health?.status).toBe(503)
  expect(JSON.parse(health?.body ?? '')).toMatchObject({ status: 'failed', storage: 'failed' })
  await database.close()
})

test('other methods of HTTP are refused', async () => {
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'HEAD']) expect((await ask(method, '/')).status).toBe(405)
})
