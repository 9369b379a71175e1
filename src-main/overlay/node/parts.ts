import { toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import type { RewardTotals } from '../fees/reward-sums.ts'
import { FeeService } from '../fees/service.ts'
import { Gateway } from '../gateway/service.ts'
import { createIceService } from '../ice/service.ts'
import { Buckets } from '../limits/buckets.ts'
import { defaultLimits, type NodeLimits } from '../limits/limits.ts'
import { mergeAddresses } from '../link/address.ts'
import { Pace } from '../link/pace.ts'
import { fingerprintOf } from '../link/tls.ts'
import { GroupLogs } from '../log/index.ts'
import { Mailbox } from '../mailbox/mailbox.ts'
import { DeviceRegistry } from '../mailbox/registry.ts'
import { Revocations } from '../mailbox/revocations.ts'
import { PresenceTable } from '../presence/table.ts'
import { Relay } from '../relay/relay.ts'
import { Replication } from '../replication/index.ts'
import { SectorMap } from '../sector/map.ts'
import type { ClusterHealth, LocalState } from '../state/index.ts'
import { NodeCounters } from './counters.ts'
import { Directory } from './directory.ts'
import { DiskWatch } from './disk-watch.ts'
import { haveEffect } from './effects.ts'
import type { NodeFiles } from './files.ts'
import { LedgerLink } from './ledger-link.ts'
import type { S2NodeOptions } from './options.ts'
import { NodePeers } from './peers.ts'
import { operatorOf } from '../registry/operator.ts'
import type { OperatorSender } from '../registry/sender.ts'
import { RegistryService } from '../registry/service.ts'
import { Revoker } from './revoker.ts'
import type { NodeService } from './service.ts'
import type { ServingParts } from './serving.ts'
import { Siblings } from './siblings.ts'
import { createState } from './state.ts'
import { Watchers } from './watchers.ts'

/** Everything that a node is made of, built in order; nothing of it runs yet. */
export interface NodeParts extends ServingParts {
  record: NodeRecordValue
  key: SigningKey
  limits: NodeLimits
  /** How fast all links with one other node are read. */
  pace: Pace
  state: LocalState
  /** What the node's vouchers come to; undefined where it asks for nothing. */
  rewards: () => RewardTotals | undefined
  /** How the operator's cluster does; undefined for a node that is one process. */
  cluster: () => ClusterHealth | undefined
  siblings: Siblings
  replication: Replication
  mailbox: Mailbox
  ledger: LedgerLink
  /** Absent where the node was given none. */
  nodeRegistry: RegistryService | undefined
  map: SectorMap
  disk: DiskWatch
  /** The chain identifier; throws `ledger_unreachable` while it is not known. */
  chain: () => string
}

export function createParts(given: S2NodeOptions, files: NodeFiles): NodeParts {
  const options = { ...given, peers: mergeAddresses(given.peers) }
  const { clock, random, log } = options
  const limits = { ...defaultLimits, ...options.limits }
  const record = newRecord(files)
  const map: SectorMap = new SectorMap(() => ledger.salts())
  const counters = new NodeCounters()
  const perNode = { frames: limits.nodeFrames, bytes: limits.nodeBytes }
  const pace = new Pace(clock, perNode, () => counters.heldBack++)
  const peers = createPeers(options, { record, key: files.key, map, pace }, () => parts)
  const facts = createFacts(options, { limits, map, peers, self: record.nodeKey }, files, () => ledger.salts())
  const { registry, revocations } = facts
  const siblings = new Siblings({ bus: facts.bus, node: () => parts, log })
  const onChange = () => mapChanged(parts)
  const ledger: LedgerLink = new LedgerLink({ ledger: options.ledger, registry, clock, random, log, onChange })
  const watchers = new Watchers({ clock, log, peers, revocations })
  const table: PresenceTable = new PresenceTable(clock, (address) => watchers.changed(address, table))
  const chain = () => knownChain(ledger)
  const { services, fees, nodeRegistry } = createServices(options, {
    limits,
    ...facts,
    record,
    key: files.key,
    map,
    peers,
    chain,
    counters,
    isNew: files.isNew ?? false,
  })
  const relay = new Relay({ ...facts, peers, siblings, postage: fees, clock, random, log, limits })
  const parts: NodeParts = {
    record,
    key: files.key,
    limits,
    pace,
    ...facts,
    ledger,
    siblings,
    map,
    chain,
    counters,
    meter: fees,
    rewards: () => fees.rewards(),
    services,
    nodeRegistry,
    relay,
    revoker: createRevoker({ registry, watchers, revocations, peers, clock, log }),
    directory: new Directory({ table, registry, peers, revocations, siblings, chain, limits, clock, log }),
    table,
    watchers,
    peers,
    sector: (address) => ({ nodes: map.candidates(address) }),
    ...createBuckets(limits, clock),
    clock,
    log,
  }
  facts.state.onApplied((applied) => haveEffect(parts, applied))
  map.onChange(onChange)
  return parts
}

function mapChanged({ relay, replication, watchers }: NodeParts): void {
  relay.mapChanged()
  replication.changed()
  watchers.mapChanged()
}

/** What one address may ask for. */
function createBuckets({ frames, takes, takesByNode, revocations }: NodeLimits, clock: NodeParts['clock']) {
  return {
    frames: new Buckets(clock, frames),
    vouched: new Buckets(clock, frames),
    takes: new Buckets(clock, takes),
    takesByNode: new Buckets(clock, takesByNode),
    revoking: new Buckets(clock, revocations),
  }
}

function createRevoker({
  registry,
  watchers,
  ...parts
}: Pick<NodeParts, 'registry' | 'watchers' | 'revocations' | 'peers' | 'clock' | 'log'>) {
  return new Revoker({
    ...parts,
    knows: (address) => registry.knowsAny(address),
    watches: (address) => watchers.watches(address),
  })
}

function knownChain({ chain }: LedgerLink): string {
  if (chain === undefined) throw new ParleyError('ledger_unreachable', 'This node does not reach its ledger yet.')
  return chain
}

/** Without an endpoint until the node listens, without an object until it is registered. */
function newRecord({ key, tls }: NodeFiles): NodeRecordValue {
  return { nodeKey: toHex(key.publicKey), endpoints: [], fingerprint: fingerprintOf(tls.cert), object: null }
}

type Known = 'record' | 'key' | 'map' | 'peers' | 'chain' | 'state' | 'replication' | 'counters' | 'disk' | 'limits'
type Built = Pick<NodeParts, Known> & { isNew: boolean }

/** What serves frames of its own. */
function createServices(options: S2NodeOptions, built: Built) {
  const { record, key, map, peers, chain, state, replication, counters, disk, isNew, limits } = built
  const { clock, random, log, dataDir } = options
  const operator = operatorIn(options)
  const account = { options: options.fees, operator, record: () => record.object }
  const fees = new FeeService({ ...account, dataDir, key, chain, clock, random, log })
  const self = record.nodeKey
  const logs = new GroupLogs({ state, map, peers, key, self, isNew, limits, meter: fees, clock, random, log })
  const services: NodeService[] = [replication.service, logs.service]
  const nodeRegistry =
    options.registry &&
    new RegistryService({
      options: options.registry,
      operator,
      epoch: () => options.ledger.epoch(),
      dataDir,
      record,
      key,
      map,
      given: options.peers,
      onWriteFailed: (error) => disk.failed(error),
      roles: () => services.reduce((bits, { role = 0n }) => bits | role, 0n),
      clock,
      random,
      log,
    })
  if (nodeRegistry) services.push(nodeRegistry)
  services.push(fees)
  if (options.gate) services.push(new Gateway({ gate: options.gate, price: () => fees.forwarding(), clock }))
  const publicHost = options.publicHost ?? options.listen.host
  const ice = { options: options.ice ?? {}, publicHost, counts: counters.stun, meter: fees }
  services.push(createIceService({ ...ice, clock, log }))
  return { services, fees, nodeRegistry }
}

/** One account for everything that the node pays and is paid. */
function operatorIn({ registry, fees, dataDir, clock, random, log }: S2NodeOptions): () => Promise<OperatorSender> {
  const ledger = registry?.register?.ledger ?? fees?.ledger
  if (ledger) return operatorOf({ ledger, dataDir, clock, random, log })
  return () => Promise.reject(new ParleyError('not_supported', 'This node has no account.'))
}

/** What is kept on disk, and the parts that write to it: their writes go to other nodes as well. */
function createFacts(
  options: S2NodeOptions,
  { limits, map, peers, self }: Pick<NodeParts, 'limits' | 'map' | 'peers'> & { self: string },
  files: NodeFiles,
  salts: () => Uint8Array[],
) {
  const { dataDir, clock, log } = options
  const disk = new DiskWatch({ dataDir, clock, log })
  const { state, bus, cluster } = createState(options, {
    limits,
    nodeKey: self,
    path: files.databasePath,
    takeOver: files.ownDatabasePath,
    onWriteFailed: (error) => disk.failed(error),
  })
  const replication = new Replication({ state, map, peers, self, clock, log }, salts)
  return {
    state,
    bus,
    cluster,
    disk,
    replication,
    revocations: new Revocations(replication.state, clock),
    registry: new DeviceRegistry(replication.state, clock),
    mailbox: new Mailbox(replication.state, clock),
  }
}

function createPeers(
  { peers: given, clock, random, log }: S2NodeOptions,
  { record, key, map, pace }: Pick<NodeParts, 'record' | 'key' | 'map' | 'pace'>,
  parts: () => NodeParts,
): NodePeers {
  return new NodePeers({
    self: () => record,
    key,
    given,
    map,
    pace,
    admits: (node) => parts().nodeRegistry?.admits(node) ?? true,
    chain: () => parts().ledger.chain,
    clock,
    random,
    log,
    onLinked: (node) => {
      parts().watchers.linked(node)
      parts().replication.changed()
    },
    onFrame: (node, frame) => {
      if (frame.name === 'presenceUpdate') parts().directory.learn(frame.body.packets, node.nodeKey)
      if (frame.name === 'revocations') void parts().revoker.learn(frame.body.revocations)
    },
  })
}
