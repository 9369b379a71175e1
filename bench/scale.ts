import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fromHex } from '../src-main/base/index.ts'
import { buildPresence } from '../src-main/overlay/presence/packet.ts'
import { testIdentity } from '../src-main/testing/testnet-nodes.ts'
import { SectorMap } from '../src-main/overlay/sector/map.ts'
import { newKey, startRegistry, testProfile } from '../src-main/overlay/registry/test-registry.ts'
import { registryClaimDigest, type NodeRecordValue } from '../src-main/wire/index.ts'
import { MIN_STAKE } from '../src-main/ledger/index.ts'
import type { Figure } from './figures.ts'
import { address, nodeKeys, salt } from './sectors/population.ts'

const NODES = 200_000
const EPOCH_MS = 3_600_000

/** What docs/scale.md reckons with: memory of a node on the map, and what a record on the ledger costs; a presence packet's size. */
export default async function scale(): Promise<Figure[]> {
  return [presenceFigure(), ...mapFigures(), ...(await ledgerFigures())]
}

/** As a device tells it to its three home nodes, without an endpoint. */
function presenceFigure(): Figure {
  const { deviceKey, certificate } = testIdentity()
  const about = { certificate: certificate.signed, issuedAt: Date.now(), ttl: 90_000, sequence: '1' }
  const homeNodes = nodeKeys(3).map(({ nodeKey }) => fromHex(nodeKey))
  const packet = buildPresence(deviceKey, '0badcafe', {
    ...about,
    homeNodes,
    endpoints: [],
    capabilities: 1,
    goodbye: false,
  })
  return { name: 'a presence packet', value: packet.length, unit: 'B' }
}

/** The map with its records, before and after a lookup has made the places of a salt. */
function mapFigures(): Figure[] {
  const map = new SectorMap(() => [salt])
  const before = heap()
  for (const { nodeKey } of nodeKeys(NODES)) map.set(recordOf(nodeKey))
  const records = heap()
  map.candidates(address(0))
  const all = heap()
  return [
    { name: 'memory of a node on the map: its record', value: (records - before) / NODES, unit: 'B' },
    { name: 'the same: its place under one salt', value: (all - records) / NODES, unit: 'B' },
    { name: 'nodes on the map', value: map.size, unit: 'count' },
  ]
}

function recordOf(nodeKey: string): NodeRecordValue {
  const host = nodeKey.slice(0, 12)
  // A text of its own, as from the ledger.
  const fingerprint = nodeKey.toUpperCase().toLowerCase()
  return { object: `0x${nodeKey}`, nodeKey, fingerprint, endpoints: [`wss://${host}.example.org:7400`] }
}

async function ledgerFigures(): Promise<Figure[]> {
  const net = await startRegistry(EPOCH_MS)
  try {
    const key = newKey()
    const owner = net.owner.address
    const proof = key.sign(registryClaimDigest(net.registry.packageId, owner, key.publicKey))
    const request = { owner, nodeKey: key.publicKey, profile: testProfile, proof, stake: MIN_STAKE }
    const registering = await net.registry.prepareRegister(request)
    const record = await net.register(key)
    const renewing = await net.registry.prepareChange({ kind: 'renew', record, profile: testProfile })
    return [
      { name: 'registering burns', value: milli(registering.fee.burned), unit: 'milli-IOTA' },
      { name: 'registering deposits', value: milli(registering.fee.deposit), unit: 'milli-IOTA' },
      { name: 'a renewal burns', value: milli(renewing.fee.burned), unit: 'milli-IOTA' },
    ]
  } finally {
    await net.stop()
  }
}

function milli(nanos: bigint): number {
  return Number(nanos) / 1e6
}

/** Bytes that are in use, after a collection. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
