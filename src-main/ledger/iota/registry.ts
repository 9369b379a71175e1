import { toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type {
  NodeRegistry,
  RecordChange,
  RegisteredNode,
  RegisterRequest,
  RegistryEvent,
  RegistryPage,
  RegistryTransaction,
} from '../registry.ts'
import { CODE_INVALID_PARAMS } from './constants.ts'
import { eventBytes, parsed } from './event-bytes.ts'
import {
  type EventCursor,
  type EventEntry,
  eventsSchema,
  NodeRecordBytes,
  RegisteredBytes,
  registeredObjectsSchema,
  REGISTRY_PAGE,
  registryEventsSchema,
  RenewedBytes,
} from './registry-schemas.ts'
import { prepareCall } from './registry-transactions.ts'
import { LedgerRefusal, type RpcClient, unreadable } from './rpc-client.ts'

const KINDS: Readonly<Record<string, RegistryEvent['kind']>> = {
  Registered: 'registered',
  Renewed: 'renewed',
  Leaving: 'leaving',
  Withdrawn: 'withdrawn',
}
const CURSOR = /^([1-9A-HJ-NP-Za-km-z]{32,44}):(\d{1,20})$/

/** Ends what takes too long and gives errors their codes. */
type Run = <T>(operation: string, work: () => Promise<T>) => Promise<T>

/** The registry over JSON-RPC. Events say which records changed, the objects what they are: so nothing is told twice. */
export class IotaRegistry implements NodeRegistry {
  readonly packageId: string
  readonly #rpc: RpcClient
  readonly #run: Run

  constructor(packageId: string, rpc: RpcClient, run: Run) {
    this.packageId = packageId
    this.#rpc = rpc
    this.#run = run
  }

  async records(objects: readonly string[]): Promise<RegisteredNode[]> {
    const found: RegisteredNode[] = []
    const wanted = [...new Set(objects)]
    for (let start = 0; start < wanted.length; start += REGISTRY_PAGE)
      found.push(...(await this.#run('records', () => this.#read(wanted.slice(start, start + REGISTRY_PAGE)))))
    return found
  }

  events(query: Parameters<NodeRegistry['events']>[0]): Promise<RegistryPage> {
    return this.#run('events', () => this.#page(query))
  }

  registeredBy(digest: string): Promise<string | undefined> {
    return this.#run('registered', async () => {
      try {
        const entries = await this.#rpc.call('iota_getEvents', [digest], eventsSchema)
        const events = entries.flatMap((entry) => this.#event(entry) ?? [])
        return events.find(({ kind }) => kind === 'registered')?.object
      } catch (error) {
        // How nodes say that they do not know the transaction.
        if (error instanceof LedgerRefusal && error.code === CODE_INVALID_PARAMS) return undefined
        throw error
      }
    })
  }

  prepareRegister(request: RegisterRequest): Promise<RegistryTransaction> {
    const call = { packageId: this.packageId, sender: request.owner, kind: 'register', request } as const
    return this.#run('register', () => prepareCall(this.#rpc, call))
  }

  prepareChange(change: RecordChange): Promise<RegistryTransaction> {
    const call = { packageId: this.packageId, sender: change.record.owner, ...change }
    return this.#run(change.kind, () => prepareCall(this.#rpc, call))
  }

  async #read(objects: readonly string[]): Promise<RegisteredNode[]> {
    const params = [objects, { showType: true, showOwner: true, showBcs: true }]
    const answer = await this.#rpc.call('iota_multiGetObjects', params, registeredObjectsSchema)
    const asked = new Set(objects)
    return answer.flatMap(({ data }) => {
      if (!data || !asked.has(data.objectId) || !this.#isOwn(data.type ?? '', 'NodeRecord')) return []
      const sharedAt = (data.owner as { Shared?: { initial_shared_version: bigint } } | undefined)?.Shared
      if (!data.bcs?.bcsBytes || !sharedAt) return []
      asked.delete(data.objectId)
      return [readRecord(data.objectId, data.bcs.bcsBytes, sharedAt.initial_shared_version)]
    })
  }

  async #page({ order, limit, cursor, sender }: Parameters<NodeRegistry['events']>[0]): Promise<RegistryPage> {
    if (!Number.isInteger(limit) || limit < 1 || limit > REGISTRY_PAGE)
      throw new ParleyError('invalid_params', `A page has 1 to ${REGISTRY_PAGE} events.`)
    const module = { MoveEventModule: { package: this.packageId, module: 'registry' } }
    const filter = sender === undefined ? module : { Sender: sender }
    const params = [filter, cursor === undefined ? null : parseCursor(cursor), limit, order === 'newest']
    const { data, hasNextPage } = await this.#query(params, cursor)
    const [first, last] = [data[0], data.at(-1)]
    const at = last && textOf(last.id)
    return {
      events: data.flatMap((entry) => this.#event(entry) ?? []),
      cursor: at ?? cursor,
      newest: order === 'newest' ? first && textOf(first.id) : at,
      // A ledger that gives the same page for ever must not keep us.
      more: hasNextPage && at !== undefined && at !== cursor,
    }
  }

  async #query(params: unknown[], cursor: string | undefined) {
    try {
      return await this.#rpc.call('iotax_queryEvents', params, registryEventsSchema)
    } catch (error) {
      if (cursor === undefined || !(error instanceof LedgerRefusal) || error.code !== CODE_INVALID_PARAMS) throw error
      throw new ParleyError('not_found', 'The ledger does not know this place any more.', { cause: error })
    }
  }

  /** Undefined for an event of another kind. */
  #event(entry: EventEntry): RegistryEvent | undefined {
    const name = entry.type.split('::')[2] ?? ''
    const kind = KINDS[name]
    if (!kind || !this.#isOwn(entry.type, name)) return undefined
    const bytes = eventBytes('registry', entry)
    if (bytes.length < 32) throw unreadable('iotax_queryEvents', 'a short event')
    const object = `0x${toHex(bytes.subarray(0, 32))}`
    if (kind === 'leaving' || kind === 'withdrawn') return { kind, object }
    const { epoch } = parsed('registry', () => (kind === 'registered' ? RegisteredBytes : RenewedBytes).parse(bytes))
    return { kind, object, epoch: BigInt(epoch) }
  }

  #isOwn(type: string, name: string): boolean {
    const [id = '', module, last, ...rest] = type.split('::')
    return (
      /^0x[0-9a-f]{1,64}$/.test(id) &&
      `0x${id.slice(2).padStart(64, '0')}` === this.packageId &&
      module === 'registry' &&
      last === name &&
      rest.length === 0
    )
  }
}

function readRecord(object: string, bytes: Uint8Array, sharedAt: bigint): RegisteredNode {
  const fields = parsed('registry', () => NodeRecordBytes.parse(bytes))
  const { profile } = fields
  if (`0x${toHex(new Uint8Array(fields.id))}` !== object) throw unreadable('iota_multiGetObjects', 'another object')
  if (fields.nodeKey.length !== 32 || profile.tlsFingerprint.length !== 32)
    throw unreadable('iota_multiGetObjects', 'a key that is none')
  const { relayedMb, storedMbDay, forwardedTransaction } = profile.prices
  return {
    object,
    owner: `0x${toHex(new Uint8Array(fields.owner))}`,
    nodeKey: toHex(Uint8Array.from(fields.nodeKey)),
    profile: {
      endpoints: profile.endpoints,
      fingerprint: toHex(Uint8Array.from(profile.tlsFingerprint)),
      roles: BigInt(profile.roles),
      prices: {
        relayedMb: BigInt(relayedMb),
        storedMbDay: BigInt(storedMbDay),
        forwardedTransaction: BigInt(forwardedTransaction),
      },
      version: BigInt(profile.version),
    },
    stake: BigInt(fields.stake),
    renewed: BigInt(fields.renewed),
    freeFrom: BigInt(fields.freeFrom),
    sharedAt,
  }
}

function textOf({ txDigest, eventSeq }: EventCursor): string {
  return `${txDigest}:${eventSeq}`
}

function parseCursor(cursor: string): object {
  const [, txDigest, eventSeq] = CURSOR.exec(cursor) ?? []
  if (txDigest === undefined || eventSeq === undefined)
    throw new ParleyError('not_found', 'This is no place in the registry.')
  return { txDigest, eventSeq }
}
