import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { WebSocketServer } from 'ws'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom, toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { NodeRegistry } from '../../ledger/index.ts'
import { createTestNode, fixedLedger, hastyClock, testIdentity, waitFor } from '../../testing/testnet-nodes.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { createOverlay } from '../client/overlay.ts'
import { Connection } from '../link/connection.ts'
import { greet } from '../link/greet.ts'
import { createTlsCredentials, fingerprintOf } from '../link/tls.ts'
import { MAX_CHECKED, UNFOUND_MS } from './constants.ts'
import { RecordCheck } from './record-check.ts'
import { newKey, startRegistry, type TestRegistry, told } from './test-registry.ts'

let net: TestRegistry
beforeAll(async () => void (net = await startRegistry(3_600_000)))
afterAll(() => net.stop())

const newCheck = (
  options: { away?: () => boolean; find?: () => ReturnType<TestRegistry['ledger']['registry']> } = {},
) => {
  const whenThere = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (options.away?.()) throw new ParleyError('ledger_unreachable', 'away')
    return ask()
  }
  return new RecordCheck({
    find: () => whenThere(options.find ?? (() => net.ledger.registry())),
    epoch: () => whenThere(() => net.ledger.epoch()),
    clock: systemClock,
    log: silentLog,
  })
}

it('believes a record as it stands on the ledger, and none that differs in anything, leaves or is not there', async () => {
  const record = told(await net.register(newKey()))
  const leaving = await net.register(newKey())
  await net.submit(await net.registry.prepareChange({ kind: 'leave', record: leaving }))
  const lies: NodeRecordValue[] = [
    { ...record, object: null },
    { ...record, object: `0x${'77'.repeat(32)}` },
    { ...record, nodeKey: 'cd'.repeat(32) },
    { ...record, fingerprint: 'cd'.repeat(32) },
    { ...record, endpoints: ['wss://127.0.0.1:666'] },
    { ...record, endpoints: [...record.endpoints, 'wss://127.0.0.1:666'] },
    { ...record, endpoints: [] },
    told(leaving),
  ]
  expect(await newCheck().check([...lies, record])).toEqual([record])
})

it('finds live nodes that nobody told of, and others behind whoever fills the log with events of his own', async () => {
  const hidden = told(await net.register(newKey()))
  const leaving = await net.register(newKey())
  await net.submit(await net.registry.prepareChange({ kind: 'leave', record: leaving }))
  const loud = await net.register(newKey())
  const own = { kind: 'renewed', object: loud.object } as const
  const places: (string | undefined)[] = []
  const registry: NodeRegistry = {
    packageId: net.registry.packageId,
    records: (objects) => net.registry.records(objects),
    registeredBy: (digest) => net.registry.registeredBy(digest),
    prepareRegister: (request) => net.registry.prepareRegister(request),
    prepareChange: (change) => net.registry.prepareChange(change),
    // Five pages of one node's events before those that are there.
    events: async ({ cursor, ...query }) => {
      places.push(cursor)
      const page = Number(/^own:(\d)$/.exec(cursor ?? 'own:0')?.[1])
      if (page < 5) return { events: [own], cursor: `own:${page + 1}`, newest: undefined, more: true }
      return net.registry.events({ ...query, ...(page !== 5 && cursor !== undefined && { cursor }) })
    },
  }
  const check = newCheck({ find: async () => registry })
  expect(await check.newest()).toEqual([told(loud)])
  expect(places).toHaveLength(4)
  const more = await check.newest()
  expect(more).toContainEqual(hidden)
  expect(more.map(({ object }) => object)).not.toContain(leaving.object)
  expect(check.isRegistered(hidden.nodeKey, hidden.fingerprint)).toBe(true)
  expect(check.isRegistered(hidden.nodeKey, 'cd'.repeat(32))).toBe(false)
  expect(check.isRegistered(leaving.nodeKey, leaving.profile.fingerprint)).toBe(false)
})

it('keeps so many records: those checked longest ago are read again', async () => {
  const real = await net.register(newKey())
  const read: string[] = []
  const registry: NodeRegistry = {
    packageId: net.registry.packageId,
    // Whoever names made-up records has them read, and remembered as not there.
    records: (objects) => {
      read.push(...objects)
      return Promise.resolve(objects.includes(real.object) ? [real] : [])
    },
    registeredBy: (digest) => net.registry.registeredBy(digest),
    prepareRegister: (request) => net.registry.prepareRegister(request),
    prepareChange: (change) => net.registry.prepareChange(change),
    events: (query) => net.registry.events(query),
  }
  const check = newCheck({ find: async () => registry })
  await check.check([told(real)])
  const countOf = (object: string) => read.filter((each) => each === object).length
  const before = countOf(real.object)
  const made = (number: number) => ({ ...told(real), object: `0x${number.toString(16).padStart(64, '0')}` })
  await check.check(Array.from({ length: MAX_CHECKED - 1 }, (_, number) => made(number)))
  await check.check([told(real)])
  expect(countOf(real.object)).toBe(before)
  await check.check([made(MAX_CHECKED)])
  expect(await check.check([told(real)])).toEqual([told(real)])
  expect(countOf(real.object)).toBe(before + 1)
})

it('a node that renews in every epoch stays registered, however short epochs are; one that does not has lapsed', async () => {
  const [renewing, lapsing] = [await net.register(newKey()), await net.register(newKey())]
  let { epoch } = await net.ledger.epoch()
  const registry: NodeRegistry = {
    packageId: net.registry.packageId,
    records: async (objects) => {
      const found = await net.registry.records(objects)
      return found.map((record) => (record.object === renewing.object ? { ...record, renewed: epoch } : record))
    },
    registeredBy: (digest) => net.registry.registeredBy(digest),
    prepareRegister: (request) => net.registry.prepareRegister(request),
    prepareChange: (change) => net.registry.prepareChange(change),
    events: (query) => net.registry.events(query),
  }
  const clock = hastyClock()
  const check = new RecordCheck({
    find: async () => registry,
    epoch: async () => ({ epoch }),
    clock,
    log: silentLog,
  })
  const both = [told(renewing), told(lapsing)]
  expect(await check.check(both)).toEqual(both)
  for (let epochs = 1; epochs <= 4; epochs++) {
    epoch++
    clock.put(UNFOUND_MS)
    expect(await check.check(both)).toEqual(epochs === 1 ? both : both.slice(0, 1))
    expect(await check.gone(both)).toEqual(epochs === 1 ? [] : both.slice(1))
    const registered = both.map(({ nodeKey, fingerprint }) => check.isRegistered(nodeKey, fingerprint))
    expect(registered).toEqual([true, epochs === 1])
  }
})

it('finds nobody where there is no registry', async () => {
  expect(await newCheck({ find: async () => undefined }).newest()).toEqual([])
})

it('while the ledger is away what was checked before counts, and nothing else', async () => {
  const known = told(await net.register(newKey()))
  const other = told(await net.register(newKey()))
  let isAway = false
  const check = newCheck({ away: () => isAway })
  expect(await check.check([known])).toEqual([known])
  isAway = true
  const check2 = newCheck({ away: () => true })
  expect(await check.check([known])).toEqual([known])
  expect(await check.gone([known, other])).toEqual([])
  expect(await check2.check([known, other])).toEqual([])
})

it('where there is no registry whoever is named is tried', async () => {
  const stranger = {
    nodeKey: 'cd'.repeat(32),
    fingerprint: 'ef'.repeat(32),
    endpoints: ['wss://127.0.0.1:1'],
    object: null,
  }
  const check = newCheck({ find: () => Promise.resolve(undefined) })
  expect(await check.check([stranger])).toEqual([stranger])
  expect(await check.gone([stranger])).toEqual([])
})

/** A node that answers a handshake truly and names whatever it likes. */
async function startLiar(nodes: () => NodeRecordValue[]) {
  const key = newKey()
  const tls = await createTlsCredentials(Date.now())
  const server = createServer({ ...tls, minVersion: 'TLSv1.3' })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    const connection = new Connection(socket, silentLog)
    const greeter = { key, chain: () => net.running.chain, clock: systemClock, random: systemRandom }
    void greet(connection, request.socket as TLSSocket, greeter).then(({ id }) => {
      connection.handle((frame) => {
        if (frame.name === 'ping') connection.send('pong', frame.id, { time: Date.now() })
        else if (frame.name === 'getSector') connection.send('sector', frame.id, { nodes: nodes() })
        else connection.send('ok', frame.id, {})
      })
      const limits = { stock: 0, maxEnvelopeBytes: 65_536, maxTtl: 1_000, framesPerSecond: 100 }
      connection.send('welcome', id, { nodes: nodes(), ...limits })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    node: {
      endpoints: [`wss://127.0.0.1:${(server.address() as AddressInfo).port}`],
      fingerprint: fingerprintOf(tls.cert),
    },
    nodeKey: toHex(key.publicKey),
    stop: async () => {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

it('a device follows a lying node to no node that is not registered, and to every one that is', async () => {
  const honest = net.node('honest')
  await honest.start()
  await waitFor(() => honest.status().registry?.registration?.state === 'live', 5_000)
  // A real node that serves, of the liar's own, and not registered.
  const trap = createTestNode({ ledger: fixedLedger(net.running.chain) })
  await trap.start()
  const [trapEndpoint = '', trapPrint = ''] = trap.endpoint.split('#')
  const [{ object = null } = {}] = [honest.status().registry?.registration]
  const [record] = await net.registry.records([object ?? ''])
  if (!record) throw new Error('not registered')
  const trapRecord = { nodeKey: trap.nodeId, endpoints: [trapEndpoint], fingerprint: trapPrint, object: null }
  const liar = await startLiar(() => [trapRecord, { ...trapRecord, object: record.object }, told(record)])
  const overlay = createOverlay({
    identity: testIdentity(),
    chain: net.running.chain,
    nodes: [liar.node],
    salt: async () => (await net.ledger.epoch()).salt,
    registry: newCheck(),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  })
  await overlay.start()
  const linked = () => overlay.links().filter(({ state }) => state === 'connected')
  await waitFor(() => linked().length === 2, 8_000)
  await new Promise((resolve) => setTimeout(resolve, 500))
  const endpoints = overlay.links().map(({ endpoint }) => endpoint)
  expect(endpoints).toContain(honest.endpoint.split('#')[0])
  expect(endpoints).not.toContain(trapEndpoint)
  await overlay.stop()
  await Promise.all([honest.stop(), trap.stop()])
  await liar.stop()
}, 20_000)
