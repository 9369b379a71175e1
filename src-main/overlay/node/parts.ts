import { toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { freeMeter } from '../fees/meter.ts'
import { Buckets } from '../limits/buckets.ts'
import { defaultLimits, type NodeLimits } from '../limits/limits.ts'
import { fingerprintOf } from '../link/tls.ts'
import { Mailbox } from '../mailbox/mailbox.ts'
import { MailMover } from '../mailbox/mover.ts'
import { DeviceRegistry } from '../mailbox/registry.ts'
import { Revocations } from '../mailbox/revocations.ts'
import { PresenceTable } from '../presence/table.ts'
import { Relay } from '../relay/relay.ts'
import { SectorMap } from '../sector/map.ts'
import { createEmbeddedState, type LocalState } from '../state/index.ts'
import { NodeCounters } from './counters.ts'
import { Directory } from './directory.ts'
import type { NodeFiles } from './files.ts'
import { LedgerLink } from './ledger-link.ts'
import type { S2NodeOptions } from './node.ts'
import { NodePeers } from './peers.ts'
import { RegistryService } from '../registry/service.ts'
import { Revoker } from './revoker.ts'
import type { NodeService } from './service.ts'
import type { ServingParts } from './serving.ts'
import { Watchers } from './watchers.ts'

/** Everything that a node is made of, built in order; nothing of it runs yet. */
export interface NodeParts extends ServingParts {
  record: NodeRecordValue
  key: SigningKey
  limits: NodeLimits
  state: LocalState
  mailbox: Mailbox
  mover: MailMover
  ledger: LedgerLink
  /** Absent where the node was given none. */
  nodeRegistry: RegistryService | undefined
  map: SectorMap
  /** The chain identifier; throws `ledger_unreachable` while it is not known. */
  chain: () => string
}

export function createParts(options: S2NodeOptions, files: NodeFiles): NodeParts {
  const { clock, random, log } = options
  const { key } = files
  const limits = { ...defaultLimits, ...options.limits }
  const record: NodeRecordValue = {
    nodeKey: toHex(key.publicKey),
    endpoints: [],
    fingerprint: fingerprintOf(files.tls.cert),
    object: null,
  }
  const state = createEmbeddedState({
    path: files.databasePath,
    limits,
    onError: (error) => log.error({ err: error }, 'a listener of the state failed'),
  })
  const revocations = new Revocations(state)
  const registry = new DeviceRegistry(state)
  const mailbox = new Mailbox(state, clock)
  const counters = new NodeCounters()
  const onChange = () => parts.watchers.settle()
  const ledger = new LedgerLink({ ledger: options.ledger, registry, clock, random, log, onChange })
  const map = new SectorMap(() => ledger.salts())
  const peers = createPeers(options, { record, key, map, ledger }, () => parts)
  const watchers = new Watchers({ clock, log, peers, revocations })
  const table: PresenceTable = new PresenceTable(clock, (address) => watchers.changed(address, table))
  const relay = new Relay({ peers, registry, mailbox, revocations, clock, log, limits })
  const chain = () => {
    if (ledger.chain === undefined)
      throw new ParleyError('ledger_unreachable', 'This node does not reach its ledger yet.')
    return ledger.chain
  }
  const services: NodeService[] = []
  const nodeRegistry =
    options.registry &&
    new RegistryService({
      options: options.registry,
      epoch: () => options.ledger.epoch(),
      dataDir: options.dataDir,
      record,
      key,
      map,
      given: options.peers,
      roles: () => services.reduce((bits, { role = 0n }) => bits | role, 0n),
      clock,
      random,
      log,
    })
  if (nodeRegistry) services.push(nodeRegistry)
  const parts: NodeParts = {
    record,
    key,
    limits,
    state,
    mailbox,
    mover: new MailMover({ state, peers, clock, log }),
    ledger,
    map,
    chain,
    counters,
    meter: freeMeter,
    services,
    nodeRegistry,
    relay,
    revoker: new Revoker({ revocations, table, watchers, peers, relay, clock, log }),
    revoking: new Buckets(clock, limits.revocations),
    registry,
    revocations,
    directory: new Directory({ table, registry, peers, revocations, chain, clock, log }),
    table,
    watchers,
    peers,
    sector: (address) => ({ nodes: map.candidates(address) }),
    frames: new Buckets(clock, limits.frames),
    takes: new Buckets(clock, limits.takes),
    clock,
    log,
  }
  return parts
}

function createPeers(
  { peers: given, clock, random, log }: S2NodeOptions,
  { record, key, map, ledger }: Pick<NodeParts, 'record' | 'key' | 'map' | 'ledger'>,
  parts: () => NodeParts,
): NodePeers {
  return new NodePeers({
    self: () => record,
    key,
    given,
    map,
    admits: (node) => parts().nodeRegistry?.admits(node) ?? true,
    chain: () => ledger.chain,
    clock,
    random,
    log,
    onLinked: (node) => parts().watchers.linked(node),
    onFrame: (_node, frame) => {
      if (frame.name === 'presenceUpdate') parts().directory.learn(frame.body.packets)
      if (frame.name === 'revocations') void parts().revoker.learn(frame.body.revocations)
    },
  })
}
