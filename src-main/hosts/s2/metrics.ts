import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { S2Status } from '../../overlay/index.ts'

/** The service that a frame belongs to; what is not here is replication. */
const SERVICES: Record<string, string> = {
  logAppend: 'log',
  logRead: 'log',
  logAsk: 'log',
  getIceServers: 'ice',
  getFees: 'fees',
  voucher: 'fees',
  closeChannel: 'fees',
  query: 'gateway',
  submit: 'gateway',
}

/** Prometheus metrics of a node, taken from its status at each scrape. Nothing in them names an address or a device. */
export class NodeMetrics {
  readonly #registry = new Registry()
  readonly #status: () => S2Status

  constructor(status: () => S2Status) {
    this.#status = status
    collectDefaultMetrics({ register: this.#registry })
    this.#gauge('parley_s2_ledger_reachable', 'Whether the ledger answered when it was last asked (0 or 1)', (now) =>
      now.ledger === 'reachable' ? 1 : 0,
    )
    this.#gauge('parley_s2_disk_writable', 'Whether the folder takes what is written (0 or 1)', (now) =>
      Number(now.disk === 'writable'),
    )
    this.#gauge('parley_s2_device_links', 'Devices linked to this node', (now) => now.links.devices)
    this.#gauge('parley_s2_node_links', 'Other nodes that this node is linked to', (now) => now.links.nodes)
    this.#gauge('parley_s2_presences', 'Addresses with a presence', (now) => now.presences)
    this.#gauge('parley_s2_mail_envelopes', 'Envelopes that wait in mailboxes', (now) => now.mail.envelopes)
    this.#gauge('parley_s2_mail_bytes', 'Bytes that wait in mailboxes', (now) => now.mail.bytes)
    this.#kept()
    this.#gauge('parley_s2_replicating', 'Facts that other nodes have not taken yet', (now) => now.replicating)
    this.#gauge('parley_s2_draining', 'Whether the node sends its clients away (0 or 1)', (now) => Number(now.draining))
    this.#gauge('parley_s2_registered', 'Whether the node stands in the registry as live (0 or 1)', (now) =>
      Number(now.registry?.registration?.state === 'live'),
    )
    this.#gauge('parley_s2_map_nodes', 'Nodes on the map of sectors, this one included', (now) => now.map.nodes)
    this.#gauge('parley_s2_map_share', 'Share of all addresses that this node is home to', (now) => now.map.share)
    this.#gauge('parley_s2_registry_in_force', 'Whether registered nodes alone count (0 or 1)', (now) =>
      Number(now.registry?.inForce ?? false),
    )
    this.#gauge('parley_s2_registry_nodes', 'Live records in the registry', (now) => now.registry?.nodes ?? 0)
    this.#cluster()
    this.#money()
    this.#services()
    this.#counter('parley_s2_stun_total', 'STUN questions over UDP, by result', 'result', ({ counters }) =>
      Object.entries(counters.stun),
    )
    this.#counter('parley_s2_frame_bytes_total', 'Bytes of frames on links', 'direction', ({ counters }) => [
      ['received', counters.received],
      ['sent', counters.sent],
    ])
    this.#counter('parley_s2_envelope_bytes_total', 'Bytes of envelopes that were taken', 'kind', ({ counters }) => [
      ['taken', counters.envelopeBytes],
    ])
    this.#counter('parley_s2_sends_total', 'Envelopes by how sending ended', 'result', ({ counters }) =>
      Object.entries(counters.sends),
    )
    this.#counter('parley_s2_refused_total', 'Refused envelopes by error code', 'code', ({ counters }) => [
      ...counters.refused,
    ])
    this.#counter('parley_s2_cut_off_total', 'Links closed, by reason', 'reason', ({ counters }) => [
      ['unread', counters.cutOff],
    ])
    this.#counter(
      'parley_s2_held_back_total',
      'Times that links were not read for their rate',
      'from',
      ({ counters }) => [['node', counters.heldBack]],
    )
    this.#counter('parley_s2_turned_away_total', 'Connections not let in, by limit', 'limit', ({ counters }) =>
      Object.entries(counters.turnedAway),
    )
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  /** Without a value while there is none. */
  #gauge(name: string, help: string, read: (now: S2Status) => number | bigint | undefined): void {
    const status = this.#status
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        const value = read(status())
        if (value === undefined) this.remove()
        else this.set(Number(value))
      },
    })
  }

  /** What is bounded for everybody together. */
  #kept(): void {
    this.#gauge('parley_s2_devices', 'Devices that are known here', (now) => now.kept.devices)
    this.#gauge('parley_s2_contacts', 'Entries of the lists of who may write', (now) => now.kept.contacts)
    this.#gauge('parley_s2_key_package_bytes', 'Bytes of one-time key packages', (now) => now.kept.keyPackageBytes)
    this.#gauge('parley_s2_revocations', 'Revocations that are kept', (now) => now.kept.revocations)
    this.#gauge('parley_s2_accepted', 'Envelopes that are remembered as accepted', (now) => now.kept.accepted)
    this.#gauge('parley_s2_logs', 'Group logs that are kept or known of', (now) => now.kept.logs)
    this.#gauge('parley_s2_log_bytes', 'Bytes that group logs count for', (now) => now.kept.logBytes)
    this.#gauge('parley_s2_watches', 'Addresses that links here watch, each link for itself', (now) => now.watches)
  }

  /** NANOS. */
  #money(): void {
    this.#gauge(
      'parley_s2_account_nanos',
      "NANOS of the node's account after the last transaction of its registration",
      (now) => now.registry?.registration?.nanos,
    )
    this.#gauge(
      'parley_s2_rewards_promised_nanos',
      'NANOS promised in channels that are not closed yet',
      (now) => now.rewards?.promised,
    )
    this.#gauge(
      'parley_s2_rewards_collected_nanos',
      'NANOS paid out from channels that were closed',
      (now) => now.rewards?.collected,
    )
  }

  /** Without a value at a node of one process. */
  #cluster(): void {
    const gauge = (name: string, help: string, read: (now: NonNullable<S2Status['cluster']>) => number) =>
      this.#gauge(name, help, ({ cluster }) => cluster && read(cluster))
    gauge('parley_s2_cluster_connected', 'Whether the NATS cluster takes what is to be stored (0 or 1)', (now) =>
      Number(now.state === 'connected'),
    )
    gauge(
      'parley_s2_cluster_replicas',
      'Copies of the state in the cluster that are up to date',
      (now) => now.replicas.current,
    )
    gauge(
      'parley_s2_cluster_replicas_wanted',
      'Copies of the state that the cluster is to keep',
      (now) => now.replicas.wanted,
    )
  }

  /** Nothing of a service appears before it is asked for the first time. */
  #services(): void {
    const status = this.#status
    new Counter({
      name: 'parley_s2_served_total',
      help: 'Requests to group logs, ICE, fees, the ledger gateway and replication, by result',
      labelNames: ['service', 'from', 'frame', 'result'],
      registers: [this.#registry],
      collect() {
        this.reset()
        for (const { from, frame, result, count } of status().counters.served())
          this.inc({ service: SERVICES[frame] ?? 'replication', from, frame, result }, count)
      },
    })
  }

  #counter(name: string, help: string, label: string, read: (now: S2Status) => [string, number][]): void {
    const status = this.#status
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        this.reset()
        for (const [value, count] of read(status())) this.inc({ [label]: value }, count)
      },
    })
  }
}
