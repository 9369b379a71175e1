import { backoff, type Clock, equal, type Log, type Random, sleep } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import type { LinkBody, NodeRecordValue } from '../../wire/index.ts'
import { CANDIDATES, HOME_NODES } from '../constants.ts'
import { Buckets } from '../limits/buckets.ts'
import type { Meter } from '../fees/meter.ts'
import type { NodeLimits } from '../limits/limits.ts'
import type { NodePeers } from '../node/peers.ts'
import type { NodeService } from '../node/service.ts'
import type { SectorMap } from '../sector/map.ts'
import { LOG_MEMORY, type LocalState, requireEntryRoom, RESERVED_BYTES, ROW_BYTES, SqlReader } from '../state/index.ts'
import { Absence } from './absence.ts'
import { decodeAnswer, decodeAsk, encodeAnswer, encodeAsk } from './codec.ts'
import {
  ASK_MS,
  FOUNDINGS,
  FOUNDINGS_OF_NETWORK,
  FOUNDINGS_OF_NODE,
  MAX_ENTRY_BYTES,
  MAX_PAGE_ENTRIES,
  REST_MS,
  RIVAL_FIRST_MS,
  RIVAL_MOST_MS,
  SERVE_MS,
} from './constants.ts'
import { answerTo } from './core/forgetting.ts'
import { type Appended, LogMember, type ReadPage } from './core/member.ts'
import type { Ports } from './core/ports.ts'
import { readStep } from './core/step.ts'
import type { Answer, Ask, Founding } from './core/types.ts'
import { LogKeeper } from './keeper.ts'
import { route } from './router.ts'
import { checkFounding, signFounding, Vouching } from './vouching.ts'

/** A log that a node only knows of, by its bytes. */
const KNOWN_COST = ROW_BYTES / RESERVED_BYTES

export interface GroupLogsParts {
  state: LocalState
  map: SectorMap
  peers: Pick<NodePeers, 'request'>
  /** This node's key, and in hex. */
  key: SigningKey
  self: string
  /** The key was made with this start. */
  isNew: boolean
  limits: Pick<NodeLimits, 'kept'>
  /** Counts what devices append and read here. */
  meter: Pick<Meter, 'append' | 'read'>
  clock: Clock
  random: Random
  log: Log
}

/** A node's group logs: serves devices, takes part in deciding, and looks after the logs that it keeps. */
export class GroupLogs {
  readonly service: NodeService
  readonly #parts: GroupLogsParts
  readonly #rows: SqlReader
  readonly #ports: Ports
  readonly #member: LogMember
  readonly #absence: Absence
  readonly #keeper: LogKeeper
  readonly #vouching: Vouching
  /** By address, by the network that a device links from, and by node. */
  readonly #foundings: { address: Buckets; network: Buckets; node: Buckets }
  #isRested = false
  #cancelRest = () => {}

  constructor(parts: GroupLogsParts) {
    const { state, map, clock, log } = parts
    this.#parts = parts
    this.#rows = new SqlReader(() => state.rows)
    const ask = (node: string, group: string, given: Ask) => this.#ask(node, group, given)
    this.#vouching = new Vouching({ self: parts.self, rows: this.#rows, map, ask })
    this.#ports = this.#createPorts()
    this.#member = new LogMember(this.#ports)
    const common = { ports: this.#ports, rows: this.#rows, state, clock }
    this.#absence = new Absence({ ...common, log })
    this.#keeper = new LogKeeper({ ...common, absence: this.#absence, member: this.#member, map, log })
    this.#foundings = {
      address: new Buckets(clock, FOUNDINGS),
      network: new Buckets(clock, FOUNDINGS_OF_NETWORK),
      node: new Buckets(clock, FOUNDINGS_OF_NODE),
    }
    this.service = {
      deviceFrames: {
        logAppend: async (link, { id, body }) => {
          const answer = await parts.meter.append(link.sender, body, () => this.#appendFor(link.source, body))
          link.connection.send('logResult', id, { result: resultOf(answer, body.entry) })
        },
        logRead: async (link, { id, body }) => {
          const page = await parts.meter.read(link.sender, () => this.#readFor(body))
          link.connection.send('logEntries', id, entriesOf(page))
        },
      },
      nodeFrames: {
        logAppend: async (connection, node, { id, body }) => {
          if (body.founding === null) throw new ParleyError('invalid_params', 'A node says for whom it asks.')
          const founding = { ...body.founding, via: node.nodeKey }
          if (!this.#rows.row(body.group)) this.#foundings.node.require(node.nodeKey)
          if (!this.#rows.row(body.group)?.number) checkFounding(body.group, founding)
          const answer = await this.#append(body, founding)
          connection.send('logResult', id, { result: resultOf(answer, body.entry) })
        },
        logRead: async (connection, _node, { id, body }) =>
          connection.send('logEntries', id, entriesOf(await this.#read(body))),
        logAsk: async (connection, node, { id, body }) => {
          const answer = await this.#answer(node.nodeKey, body.group, decodeAsk(body.ask))
          connection.send('logAnswer', id, { answer: encodeAnswer(answer) })
        },
      },
      start: async () => {
        if (parts.isNew) await state.apply('setMeta', { name: LOG_MEMORY, value: new Uint8Array([1]) })
        await this.#absence.start()
        this.#cancelRest = clock.after(REST_MS, () => (this.#isRested = true))
        this.#keeper.start()
      },
      stop: () => {
        this.#cancelRest()
        this.#keeper.stop()
      },
    }
  }

  #appendFor({ owner, network }: { owner: string; network: string }, body: LinkBody<'logAppend'>) {
    const { group, epoch, entry } = body
    if (body.founding !== null) throw new ParleyError('invalid_params', 'A device asks for itself.')
    requireEntry(entry)
    if (!this.#rows.row(group)) {
      this.#foundings.address.require(owner)
      this.#foundings.network.require(network)
    }
    const { clock, map, key } = this.#parts
    let signed: Founding | undefined
    const founding = () => (signed ??= signFounding(key, group, owner))
    return route<Exclude<Appended, { kind: 'elsewhere' }>>(
      { ports: this.#ports, map, clock },
      group,
      () => this.#append(body, this.#rows.row(group)?.number ? undefined : founding()),
      async (node) => {
        const asked = { group, epoch, entry, founding: { owner, proof: founding().proof } }
        const { result } = await this.#request(node, 'logAppend', asked, 'logResult')
        if (result.$kind === 'moved') return { kind: 'elsewhere', members: result.moved }
        return { kind: 'decided', value: result.$kind === 'won' ? entry : result.lost }
      },
    )
  }

  #readFor(body: LinkBody<'logRead'>) {
    const { clock, map } = this.#parts
    return route<Exclude<ReadPage, { kind: 'elsewhere' }>>(
      { ports: this.#ports, map, clock },
      body.group,
      () => this.#read(body),
      async (node) => {
        const { entries, more, moved } = await this.#request(node, 'logRead', body, 'logEntries')
        return moved ? { kind: 'elsewhere', members: moved } : { kind: 'page', entries, more }
      },
    )
  }

  async #append({ group, epoch, entry }: LinkBody<'logAppend'>, founding?: Founding): Promise<Appended> {
    requireEntry(entry)
    if (!this.#rows.slot(group, epoch)?.value)
      requireEntryRoom(this.#parts.state.rows, group, entry.length, this.#parts.limits.kept)
    return this.#tended(group, () => this.#member.append(group, epoch, entry, founding))
  }

  #read({ group, from, limit }: LinkBody<'logRead'>): Promise<ReadPage> {
    const most = Math.max(1, Math.min(limit, MAX_PAGE_ENTRIES))
    return this.#tended(group, () => this.#member.read(group, from, most))
  }

  /** A call that did not get through found something to do. */
  async #tended<T>(group: string, work: () => Promise<T>): Promise<T> {
    try {
      await this.#absence.require(group)
      return await work()
    } catch (error) {
      this.#keeper.touch(group)
      throw error
    }
  }

  async #answer(from: string, group: string, ask: Ask): Promise<Answer> {
    this.#admit(from, group, ask)
    await this.#vouching.requireAsk(from, group, ask)
    if (ask.kind !== 'newer' && ask.kind !== 'adopt') await this.#absence.require(group)
    const row = this.#rows.row(group)
    if (ask.kind === 'renew' && row?.members.includes(from)) this.#keeper.forgot(group, ask.view, from)
    const before = row?.number
    const answer = await answerTo(this.#ports, this.#member, group, ask, from)
    const isNew = this.#rows.row(group)?.number !== before
    if (isNew || answer.kind === 'sealed' || (answer.kind === 'joining' && ask.kind !== 'find'))
      this.#keeper.touch(group)
    return answer
  }

  /** Who founds a log, or tells of a view, is near to it or takes part in it; who votes is a member, which the core checks. */
  #admit(from: string, group: string, ask: Ask): void {
    const isNear = () => this.#parts.map.candidates(group).some(({ nodeKey }) => nodeKey === from)
    if ((ask.kind === 'prepare' || ask.kind === 'accept') && ask.view === 0 && !isNear()) throw foreign()
    if (ask.kind === 'adopt') {
      const { members, previous } = ask.view
      if (!members.includes(from) && !previous.includes(from) && !isNear()) throw foreign()
    }
    const cost = this.#costOf(group, ask)
    if (cost > 0) this.#foundings.node.require(from, cost)
  }

  /** What another node brings here, as a part of a log that is founded: a log to keep, or one to know of. */
  #costOf(group: string, ask: Ask): number {
    const row = this.#rows.row(group)
    if (ask.kind === 'adopt' && ask.view.number > (row?.number ?? 0)) {
      if (!row?.held && ask.view.members.includes(this.#parts.self)) return 1
      return row ? 0 : KNOWN_COST
    }
    return !row && (ask.kind === 'prepare' || ask.kind === 'accept') && ask.view === 0 ? KNOWN_COST : 0
  }

  #createPorts(): Ports {
    const { state, map, self, clock, random } = this.#parts
    const rows = this.#rows
    return {
      self,
      rows,
      local: async (group, step, from = self) => {
        const given = { group, self, from, now: clock.now(), step }
        return readStep(rows, given) ?? state.apply('log', given)
      },
      ask: async (node, group, given) => {
        const answer = await this.#ask(node, group, given)
        await this.#vouching.requireAnswer(node, group, given, answer)
        return answer
      },
      homes: (group) => (map.ranked(group, HOME_NODES)[0] ?? []).map(({ nodeKey }) => nodeKey),
      witnesses: (group) => map.ranked(group, CANDIDATES).map((nodes) => nodes.map(({ nodeKey }) => nodeKey)),
      rested: () => this.#isRested,
      pause: (attempt) => sleep(clock, backoff(attempt, RIVAL_FIRST_MS, RIVAL_MOST_MS, random)),
    }
  }

  async #ask(key: string, group: string, ask: Ask): Promise<Answer> {
    const { map, peers } = this.#parts
    const node = map.get(key)
    if (!node) throw new ParleyError('offline', 'This node is not on the map.')
    return decodeAnswer(await peers.request(node, 'logAsk', { group, ask: encodeAsk(ask) }, 'logAnswer', ASK_MS))
  }

  #request<N extends 'logAppend' | 'logRead', A extends 'logResult' | 'logEntries'>(
    node: NodeRecordValue,
    name: N,
    body: LinkBody<N>,
    answer: A,
  ): Promise<LinkBody<A>> {
    return this.#parts.peers.request(node, name, body as never, answer, SERVE_MS)
  }
}

function requireEntry(entry: Uint8Array): void {
  if (entry.length === 0) throw new ParleyError('invalid_params', 'An entry has at least one byte.')
  if (entry.length > MAX_ENTRY_BYTES)
    throw new ParleyError('too_large', `An entry has ${MAX_ENTRY_BYTES} bytes at most.`)
}

function resultOf(answer: Appended, entry: Uint8Array) {
  if (answer.kind === 'elsewhere') return { moved: [...answer.members] }
  return equal(answer.value, entry) ? { won: true as const } : { lost: answer.value }
}

function entriesOf(page: ReadPage) {
  if (page.kind === 'elsewhere') return { entries: [], more: false, moved: [...page.members] }
  return { entries: page.entries, more: page.more, moved: null }
}

function foreign(): ParleyError {
  return new ParleyError('unauthorized', "Only the log's members take part in it.")
}
