import { toHex, utf8 } from '../../base/index.ts'
import type {
  ChannelCall,
  ChannelEndCost,
  ChannelRequest,
  Channels,
  LedgerChannel,
  SignedChannelState,
} from '../channels.ts'
import type { RelayOutput, UnsignedTransfer } from '../port.ts'
import { ChannelBytes, channelObjectSchema } from './channel-schemas.ts'
import { CODE_INVALID_PARAMS } from './constants.ts'
import { eventBytes, parsed } from './event-bytes.ts'
import { isMadeBy } from './object-id.ts'
import { type Argument, Program } from './program.ts'
import { burnedUntilRefused, prepareProgram } from './prepare-program.ts'
import { type EventEntry, eventsSchema, registryEventsSchema } from './registry-schemas.ts'
import { LedgerRefusal, type RpcClient, unreadable } from './rpc-client.ts'

const IOTA = '0x2::iota::IOTA'
/** The ledger's clock: a shared object of the genesis. */
const CLOCK_ID = `0x${'6'.padStart(64, '0')}`
const EVENTS_PAGE = 50
/** Ed25519. */
const SIGNATURE_BYTES = 64
const CURSOR = /^([1-9A-HJ-NP-Za-km-z]{32,44}):(\d{1,20})$/

export interface ChannelsParts {
  packageId: string
  rpc: RpcClient
  /** Ends what takes too long and gives errors their codes. */
  run: <T>(operation: string, work: () => Promise<T>) => Promise<T>
  /** Who forwards transactions for money. */
  relay: () => Promise<RelayOutput | undefined>
}

/** Channels over JSON-RPC: read from the object's bytes, never from a node's rendering of them. */
export class IotaChannels implements Channels {
  readonly packageId: string
  readonly #parts: ChannelsParts

  constructor(parts: ChannelsParts) {
    this.packageId = parts.packageId
    this.#parts = parts
  }

  read(id: string): Promise<LedgerChannel | undefined> {
    return this.#parts.run('channel', async () => {
      const options = { showType: true, showOwner: true, showBcs: true }
      const { data } = await this.#parts.rpc.call('iota_getObject', [id, options], channelObjectSchema)
      const shared = (data?.owner as { Shared?: { initial_shared_version: bigint } } | undefined)?.Shared
      if (!data || data.objectId !== id || !this.#isOwn(data.type ?? '', `Channel<${IOTA}>`)) return undefined
      if (!data.bcs?.bcsBytes || !shared) return undefined
      return readChannel(id, data.bcs.bcsBytes, shared.initial_shared_version)
    })
  }

  openedBy(digest: string): Promise<string | undefined> {
    return this.#parts.run('opened', async () => {
      try {
        const entries = await this.#parts.rpc.call('iota_getEvents', [digest], eventsSchema)
        const [id] = entries.flatMap((entry) => this.#opened(entry))
        // What is deposited goes to this object: a server that names another one must not get it.
        if (id !== undefined && !isMadeBy(id, digest))
          throw unreadable('iota_getEvents', 'an object of another transaction')
        return id
      } catch (error) {
        // How nodes say that they do not know the transaction.
        if (error instanceof LedgerRefusal && error.code === CODE_INVALID_PARAMS) return undefined
        throw error
      }
    })
  }

  openedFrom(address: string, cursor?: string): Promise<{ channels: string[]; cursor: string | undefined }> {
    return this.#parts.run('channels', async () => {
      const [, txDigest, eventSeq] = CURSOR.exec(cursor ?? '') ?? []
      const place = txDigest === undefined ? null : { txDigest, eventSeq }
      const params = [{ Sender: address }, place, EVENTS_PAGE, true]
      const { data, hasNextPage } = await this.#parts.rpc.call('iotax_queryEvents', params, registryEventsSchema)
      const last = data.at(-1)?.id
      const next = last && `${last.txDigest}:${last.eventSeq}`
      return {
        channels: data.flatMap((entry) => this.#opened(entry)),
        cursor: hasNextPage && next !== cursor ? next : undefined,
      }
    })
  }

  prepare({ from, call, reserved }: ChannelRequest): Promise<UnsignedTransfer> {
    return this.#parts.run(call.kind, async () => {
      const program = new Program(this.packageId, 'channel')
      const nanos = addCall(program, call, this.packageId)
      const relay = await this.#parts.relay()
      const refused = 'The channel does not allow this now.'
      return prepareProgram(this.#parts.rpc, { from, nanos, program, reserved, relay, refused })
    })
  }

  endCost(from: string, channel: LedgerChannel, party: number): Promise<ChannelEndCost> {
    return this.#parts.run('endCost', async () => {
      const relay = (await this.#parts.relay())?.nanos ?? 0n
      const { fee } = await this.prepare({ from, call: { kind: 'startClose', channel, party } })
      const once = await this.#burnedBySignature(from, channel)
      return {
        // The second signature takes what the first takes, and so much is more than paying out takes.
        together: { burned: 2n * once, deposit: 0n, relay },
        alone: { burned: fee.burned + once, deposit: 0n, relay: 2n * relay },
      }
    })
  }

  /** NANOS for reading a final state up to the check of its first signature, which is none. */
  async #burnedBySignature(from: string, { parties, funds, ...channel }: LedgerChannel): Promise<bigint> {
    const balances = parties.map((_, index) => (index === 0 ? funds : 0n))
    const signatures = parties.map(() => new Uint8Array(SIGNATURE_BYTES))
    const program = new Program(this.packageId, 'channel')
    const state = { sequence: channel.sequence + 1n, balances, signatures }
    const nanos = addCall(program, { kind: 'close', channel, state }, this.packageId)
    const relay = await this.#parts.relay()
    return burnedUntilRefused(this.#parts.rpc, { from, nanos, program, relay, refused: '' })
  }

  #opened(entry: EventEntry): string[] {
    if (!this.#isOwn(entry.type, 'Opened')) return []
    const bytes = eventBytes('channel', entry)
    if (bytes.length < 32) throw unreadable('iotax_queryEvents', 'a short event')
    return [`0x${toHex(bytes.subarray(0, 32))}`]
  }

  #isOwn(type: string, name: string): boolean {
    const full = (text: string) => text.replace(/0x([0-9a-f]{1,64})/g, (_, digits: string) => digits.padStart(64, '0'))
    return full(type) === full(`${this.packageId}::channel::${name}`)
  }
}

/** Answers the NANOS that it takes off the gas coin. */
function addCall(program: Program, call: ChannelCall, packageId: string): bigint {
  if (call.kind === 'open') return addOpen(program, call)
  const { id, sharedAt } = call.channel
  const channel = program.shared(id, sharedAt)
  const clock = () => program.shared(CLOCK_ID, 1n, false)
  const party = (number: number) => program.u64(BigInt(number))
  const run = (name: string, args: Argument[]) => program.call(name, args, [IOTA])
  const state = ({ sequence, confirmed, balances, signatures }: SignedChannelState) => [
    program.u64(sequence),
    program.u64(confirmed),
    program.u64s(balances),
    program.emptyVector(`${packageId}::channel::Condition`),
    program.byteVectors(signatures),
  ]
  switch (call.kind) {
    case 'deposit':
      run('deposit', [channel, party(call.party), program.split(call.nanos)])
      return call.nanos
    case 'close': {
      const { sequence, balances, signatures } = call.state
      run('close', [channel, program.u64(sequence), program.u64s(balances), program.byteVectors(signatures)])
      return 0n
    }
    case 'startClose':
      if (call.state) run('start_close_with', [channel, party(call.party), ...state(call.state), clock()])
      else run('start_close', [channel, party(call.party), clock()])
      return 0n
    case 'challenge':
      run('challenge', [channel, ...state(call.state), clock()])
      return 0n
    case 'settle':
      run('settle', [channel, clock()])
      if (call.destroy) run('destroy', [channel, party(call.destroy.party)])
      return 0n
  }
}

function addOpen(
  program: Program,
  { chain, parties, balances, windowMs }: Extract<ChannelCall, { kind: 'open' }>,
): bigint {
  const nanos = balances.reduce((sum, each) => sum + each, 0n)
  const args = [
    program.bytes(utf8(chain)),
    program.byteVectors(parties.map(({ key }) => key)),
    program.addresses(parties.map(({ payout }) => payout)),
    program.u64s(balances),
    program.u64(BigInt(windowMs)),
    program.split(nanos),
  ]
  program.call('open', args, [IOTA])
  return nanos
}

function readChannel(id: string, bytes: Uint8Array, sharedAt: bigint): LedgerChannel {
  const fields = parsed('channel', () => ChannelBytes.parse(bytes))
  if (`0x${toHex(new Uint8Array(fields.id))}` !== id) throw unreadable('iota_getObject', 'another object')
  return {
    id,
    chain: new TextDecoder().decode(Uint8Array.from(fields.chain)),
    parties: fields.parties.map(({ key, payout }) => ({
      key: Uint8Array.from(key),
      payout: `0x${toHex(new Uint8Array(payout))}`,
    })),
    windowMs: Number(fields.window),
    funds: BigInt(fields.funds),
    base: BigInt(fields.base),
    deposits: fields.deposits.map(({ party, amount }) => ({ party: Number(party), amount: BigInt(amount) })),
    sequence: BigInt(fields.sequence),
    balances: fields.balances.map((each) => BigInt(each)),
    closesAt: Number(fields.closesAt),
    settled: fields.settled,
    sharedAt,
  }
}
