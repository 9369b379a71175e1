import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fixedLedger, startNodes, testIdentity, type TestNodes } from '../../testing/testnet-nodes.ts'
import { dialAs } from '../test-device.ts'

const PLACES = 3
/** What `/proc/net/tcp` calls a connection that is open, and the timer of its keep-alive. */
const ESTABLISHED = '01'
const KEEP_ALIVE_TIMER = '02'
/** In hundredths of a second, as timers stand there. */
const MINUTE = 6_000
let net: TestNodes
let port: number
const open: Socket[] = []

beforeEach(async () => {
  net = await startNodes(1, { ledger: fixedLedger(), limits: { connectionsPerHost: PLACES } })
  port = Number(new URL(net.addresses[0] ?? '').port)
})
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await net.stop()
})

it('a connection that has ended gives its place back', async () => {
  for (let count = 0; count < PLACES; count++) {
    const socket = connect(port, '127.0.0.1')
    open.push(socket)
    await once(socket, 'connect')
  }
  const dial = () =>
    dialAs(testIdentity(), net.addresses[0] ?? '').then(
      (link) => (link.close(), 'in'),
      ({ code }: { code: string }) => code,
    )
  expect(await dial()).toBe('offline')
  expect(net.nodes[0]?.status().counters.turnedAway.host).toBe(1)
  for (const socket of open.splice(0)) socket.destroy()
  await expect.poll(dial, { timeout: 10_000 }).toBe('in')
})

it.runIf(process.platform === 'linux')('the kernel asks every open connection within a minute', async () => {
  const link = await dialAs(testIdentity(), net.addresses[0] ?? '')
  // Until its last packet is confirmed, the kernel's timer is that of sending it again.
  await expect.poll(async () => (await timers()).map(([kind]) => kind)).toEqual([KEEP_ALIVE_TIMER])
  for (const [, left = ''] of await timers()) expect(parseInt(left, 16)).toBeLessThanOrEqual(MINUTE)
  link.close()
})

/** Of the node's open connections: which timer of the kernel runs, and what is left of it. */
async function timers(): Promise<string[][]> {
  const own = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/ +/))
  return lines.flatMap(([, local = '', , state, , timer = '']) =>
    local.endsWith(own) && state === ESTABLISHED ? [timer.split(':')] : [],
  )
}
