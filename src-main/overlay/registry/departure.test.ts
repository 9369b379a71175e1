import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { OperatorDesk } from './departure.ts'
import { startRegistry, type TestRegistry } from './test-registry.ts'

let net: TestRegistry
beforeAll(async () => void (net = await startRegistry(3_600_000)))
afterAll(() => net.stop())

/** The real ledger, of which a test sees and changes how signed bytes are taken. */
function desk(name: string, submit: Ledger['submit']): Promise<OperatorDesk> {
  const ledger = new Proxy(net.ledger, {
    get: (real, property) => {
      if (property === 'submit') return submit
      const value: unknown = Reflect.get(real, property)
      return typeof value === 'function' ? (value.bind(real) as unknown) : value
    },
  })
  return OperatorDesk.open({ dataDir: join(net.folder, name), ledger, clock: systemClock, log: silentLog })
}

it('a command whose signed bytes are refused by a ledger that is behind sends the same ones until they are taken', async () => {
  const node = net.node('behind')
  await node.start()
  await waitFor(() => node.status().registry?.registration?.state === 'live', 5_000)
  // It would give the bytes itself.
  await node.stop()
  const given: string[] = []
  const operator = await desk('behind', (bytes, ...rest) => {
    given.push(Buffer.from(bytes).toString('hex'))
    if (given.length <= 2) return Promise.reject(new ParleyError('conflict', 'The coins are not known here yet.'))
    return net.ledger.submit(bytes, ...rest)
  })
  const freeFrom = await operator.leave()
  expect(freeFrom).toBeGreaterThan(0n)
  expect(given).toHaveLength(3)
  expect(new Set(given).size).toBe(1)
  expect((await operator.status()).state).toBe('leaving')
}, 20_000)

it('a command that was killed before its answer came is finished by the next one, and by the node that runs beside', async () => {
  const node = net.node('killed')
  await node.start()
  await waitFor(() => node.status().registry?.registration?.state === 'live', 5_000)
  const operator = await desk('killed', async (...signed) => {
    await net.ledger.submit(...signed)
    throw new ParleyError('ledger_unreachable', 'away')
  })
  await expect(operator.leave()).rejects.toMatchObject({ code: 'ledger_unreachable' })
  const given: string[] = []
  const next = await desk('killed', (bytes, ...rest) => {
    given.push(Buffer.from(bytes).toString('hex'))
    return net.ledger.submit(bytes, ...rest)
  })
  expect(await next.leave()).toBeGreaterThan(0n)
  expect(given.length).toBeLessThanOrEqual(1)
  await node.stop()
}, 20_000)
