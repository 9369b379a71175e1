import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { createDevice, type TestDevice } from '../src-main/overlay/test-device.ts'
import { hasNats, startNats } from '../src-main/testing/nats.ts'
import { waitFor } from '../src-main/testing/testnet-nodes.ts'
import type { Figure } from './figures.ts'
import { type NodeProcesses, startProcesses } from './nats/processes.ts'

const DAY = 24 * 3_600_000
const MEASURE_MS = 6_000
const PAIRS = 8
/** Envelopes that each sender has on their way. */
const WINDOW = 64
const BYTES = 200

/**
 * One node of 1, 2 and 4 processes on a cluster of three NATS servers, all on this machine: stored envelopes (the device is
 * away) and relayed ones (sender and recipient at different processes where there are several), beside one process with its
 * own database and the bare rate of JetStream's publish with the same number on their way.
 */
export default async function nats(): Promise<Figure[]> {
  if (!hasNats) throw new Error('nats-server is not installed: see build/setup-debian.sh')
  const cluster = await startNats(3)
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  try {
    const figures: Figure[] = []
    for (const count of [0, 1, 2, 4]) {
      const name = count === 0 ? undefined : `bench${count}`
      const where = { folder: join(folder, String(count)), servers: cluster.urls, ...(name !== undefined && { name }) }
      const node = await startProcesses(count || 1, where)
      const label = count === 0 ? 'one process, embedded' : `${count} ${count === 1 ? 'process' : 'processes'}`
      figures.push(
        ...(await measure(node, `${label}, stored`, false)),
        ...(await measure(node, `${label}, live`, true)),
      )
      await node.stop()
    }
    figures.push(await bare(cluster.urls))
    return figures
  } finally {
    await cluster.stop()
    rmSync(folder, { recursive: true })
  }
}

/** Messages of an envelope's size to a stream of three replicas on disk. */
async function bare(urls: string[]): Promise<Figure> {
  const { username: user, password: pass, host } = new URL(urls[0] ?? '')
  const connection = await connect({ servers: host, user, pass })
  const manager = await jetstreamManager(connection, { checkAPI: false })
  await manager.streams.add({ name: 'bare', subjects: ['bare'], storage: StorageType.File, num_replicas: 3 })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const client = jetstream(connection)
  const bytes = new Uint8Array(BYTES)
  const { value } = await perSecond(PAIRS, () => client.publish('bare', bytes).then(() => true))
  await connection.close()
  return { name: 'bare JetStream publish, three replicas messages', value, unit: '1/s' }
}

/** The rate, and what an envelope costs all processes together: on few cores the clients here take most of the time. */
async function measure(node: NodeProcesses, label: string, live: boolean): Promise<Figure[]> {
  const before = node.cpu()
  const { value, done } = await rate(node.endpoints, live)
  const cost = ((node.cpu() - before) * 1_000) / done
  return [
    { name: `${label}: envelopes`, value, unit: '1/s' },
    { name: `${label}: processor time each`, value: cost, unit: 'ms' },
  ]
}

/** Envelopes a second to devices that are away, or linked. */
async function rate(endpoints: readonly string[], live: boolean): Promise<Rate> {
  const at = (index: number) => endpoints[index % endpoints.length] ?? ''
  const senders = Array.from({ length: PAIRS }, (_, index) => createDevice([at(index)]))
  const recipients = senders.map((_, index) => createDevice([at(index + 1)]))
  for (const [index, sender] of senders.entries()) await befriend(sender, recipients[index] as TestDevice)
  if (!live) await Promise.all(recipients.map(({ overlay }) => overlay.stop()))
  const found = await perSecond(PAIRS, async (index) => {
    const sender = senders[index] as TestDevice
    const recipient = recipients[index] as TestDevice
    const result = await sender.overlay.send(recipient.to, sender.envelope(BYTES).bytes, 'message', DAY)
    return result === (live ? 'delivered' : 'queued')
  })
  await Promise.all([...senders, ...(live ? recipients : [])].map(({ overlay }) => overlay.stop()))
  return found
}

async function befriend(one: TestDevice, other: TestDevice): Promise<void> {
  for (const [device, contact] of [
    [one, other],
    [other, one],
  ] as const) {
    device.overlay.setContacts([contact.to.address])
    await device.overlay.start()
    await waitFor(() => device.overlay.links().some(({ state }) => state === 'connected'))
  }
  await other.overlay.send(one.to, other.envelope(BYTES).bytes, 'message', DAY)
  await one.overlay.send(other.to, one.envelope(BYTES).bytes, 'message', DAY)
}

interface Rate {
  done: number
  /** A second. */
  value: number
}

/** Runs `work` WINDOW times at once for each of `lanes`; answers how often a second it came true. A failure ends it. */
async function perSecond(lanes: number, work: (lane: number) => Promise<boolean>): Promise<Rate> {
  let done = 0
  const until = performance.now() + MEASURE_MS
  const start = performance.now()
  const run = async (lane: number) => {
    while (performance.now() < until) if (await work(lane)) done++
  }
  await Promise.all(Array.from({ length: lanes * WINDOW }, (_, index) => run(index % lanes)))
  return { done, value: (done * 1000) / (performance.now() - start) }
}
