import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { hastyClock, testIdentity, waitFor } from '../../testing/testnet-nodes.ts'
import { createOverlay } from '../client/overlay.ts'
import { parseNodeAddress } from '../link/address.ts'
import type { S2Node } from '../node/node.ts'
import type { KnownNode, Overlay } from '../types.ts'
import { UNFOUND_MS } from './constants.ts'
import { OperatorDesk } from './departure.ts'
import { RecordCheck } from './record-check.ts'
import { startRegistry, type TestRegistry } from './test-registry.ts'

const NAMES = ['one', 'two', 'three', 'four']
const identity = testIdentity()
let net: TestRegistry
let nodes: S2Node[]
let kept: readonly KnownNode[] = []
let clock: ReturnType<typeof hastyClock>

beforeAll(async () => {
  net = await startRegistry(3_600_000)
  nodes = NAMES.map((name) => net.node(name))
  await Promise.all(nodes.map((node) => node.start()))
  await waitFor(() => nodes.every((node) => node.peers().length === NAMES.length - 1), 10_000)
}, 20_000)
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await net.stop()
})

const urlOf = ({ endpoint }: S2Node) => endpoint.replace(/#.*/, '')
const linkTo = (overlay: Overlay, node: S2Node) => overlay.links().find(({ endpoint }) => endpoint === urlOf(node))
const homes = (overlay: Overlay) => overlay.links().filter(({ state, home }) => state === 'connected' && home)
const leave = async (node: S2Node) => {
  const dataDir = join(net.folder, NAMES[nodes.indexOf(node)] ?? '')
  const desk = await OperatorDesk.open({ dataDir, ledger: net.ledger, clock: systemClock, log: silentLog })
  await desk.leave()
}

async function openDevice(given: readonly S2Node[]): Promise<Overlay> {
  clock = hastyClock()
  const overlay = createOverlay({
    identity,
    chain: net.running.chain,
    nodes: given.map(({ endpoint }) => parseNodeAddress(endpoint)),
    memory: { load: () => kept, save: (nodes) => (kept = nodes) },
    salt: async () => (await net.ledger.epoch()).salt,
    registry: new RecordCheck({
      find: () => net.ledger.registry(),
      epoch: () => net.ledger.epoch(),
      clock,
      log: silentLog,
    }),
    clock,
    random: systemRandom,
    log: silentLog,
  })
  await overlay.start()
  await waitFor(() => homes(overlay).length === 3, 10_000)
  return overlay
}

it('a node that leaves goes off a device’s map, now and at its next start; one given by hand is nobody’s home any more', async () => {
  const first = await openDevice(nodes.slice(0, 1))
  await waitFor(() => first.traffic().nodes.filter(({ registered }) => registered).length === 3)
  const home = nodes.slice(1).find((node) => linkTo(first, node)?.home)
  if (!home) throw new Error('none is home')
  await leave(home)
  clock.put(UNFOUND_MS)
  await waitFor(() => linkTo(first, home) === undefined, 10_000)
  await first.stop()
  expect(kept.map(({ nodeKey }) => nodeKey)).not.toContain(home.nodeId)

  const [given = home] = nodes
  await leave(given)
  // As it was left by a device that did not know.
  const second = await openDevice([given])
  await waitFor(() => linkTo(second, given)?.home !== true && homes(second).length === 2, 10_000)
  await second.stop()
}, 40_000)
