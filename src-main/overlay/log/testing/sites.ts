import { type Clock, Secret, silentLog, systemRandom, toHex, utf8 } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import { type SigningKey, signingKeyFromSeed } from '../../../crypto/index.ts'
import {
  decodeFrame,
  encodeFrame,
  type LinkFrame,
  type LinkFrameName,
  type NodeRecordValue,
} from '../../../wire/index.ts'
import { freeMeter } from '../../fees/meter.ts'
import { defaultLimits } from '../../limits/limits.ts'
import { SectorMap } from '../../sector/map.ts'
import { createEmbeddedState, LOG_MEMORY, type LocalState, SqlReader } from '../../state/index.ts'
import { GroupLogs } from '../logs.ts'

const OWNER = `0x${'aa'.repeat(32)}`

export interface Site {
  key: SigningKey
  record: NodeRecordValue
  state: LocalState
  map: SectorMap
  logs: GroupLogs
  /** Sites of the same side reach each other. */
  side: number
}

/** Logs on real states and real frames, over links that can be cut without a word. */
export class Sites {
  readonly all: Site[] = []

  /** Made, with a state that is open; `begin` starts their logs. */
  static async open(count: number, clock: Clock): Promise<Sites> {
    const sites = new Sites()
    const keys = Array.from({ length: count }, () => signingKeyFromSeed(new Secret(systemRandom.bytes(32))))
    const records = keys.map(({ publicKey }, index) => recordOf(toHex(publicKey), index))
    for (const [index, record] of records.entries()) {
      const state = createEmbeddedState({ path: ':memory:', limits: defaultLimits, onError: () => {} })
      await state.start()
      await state.apply('setMeta', { name: LOG_MEMORY, value: new Uint8Array([1]) })
      const map = new SectorMap(() => [new Uint8Array(32)])
      for (const one of records) map.set(one)
      const request = (to: NodeRecordValue, name: LinkFrameName, body: never) => sites.#pass(record, to, name, body)
      const peers = { request } as unknown as ConstructorParameters<typeof GroupLogs>[0]['peers']
      const key = keys[index] as SigningKey
      const common = { key, state, map, peers, self: record.nodeKey, limits: defaultLimits, meter: freeMeter, clock }
      const logs = new GroupLogs({ ...common, isNew: true, random: systemRandom, log: silentLog })
      sites.all.push({ key, record, state, map, logs, side: 0 })
    }
    return sites
  }

  async begin(): Promise<void> {
    for (const { logs } of this.all) await logs.service.start?.()
  }

  async close(): Promise<void> {
    for (const { logs, state } of this.all) {
      await logs.service.stop?.()
      await state.stop()
    }
  }

  /** What a device that is linked to this node is told: the winner, or `won`. */
  async append(site: Site, group: Uint8Array, epoch: number, entry: string): Promise<string> {
    const body = { group: `0x${toHex(group)}`, epoch, entry: utf8(entry), founding: null }
    const answer = await this.#serve(site, 'logAppend', body as never)
    if (answer.name !== 'logResult') throw new Error('another frame')
    const { result } = answer.body
    return result.$kind === 'lost' ? Buffer.from(result.lost).toString() : result.$kind
  }

  entries({ state }: Site, group: Uint8Array): string[] {
    const slots = new SqlReader(() => state.rows).slots(`0x${toHex(group)}`, 0, 100)
    return slots.flatMap(({ epoch, value, decided }) =>
      decided ? [`${epoch} ${Buffer.from(value ?? []).toString()}`] : [],
    )
  }

  /** One request from node to node; across the cut neither it nor its answer arrives. */
  async #pass(from: NodeRecordValue, to: NodeRecordValue, name: LinkFrameName, body: never): Promise<unknown> {
    return (await this.#serve(this.#siteOf(to), name, body, from)).body
  }

  async #serve(site: Site, name: LinkFrameName, body: never, from?: NodeRecordValue): Promise<LinkFrame> {
    const isCut = () => from !== undefined && this.#siteOf(from).side !== site.side
    if (isCut()) await silence()
    let answer: LinkFrame | undefined
    const connection = {
      send: (as: LinkFrameName, id: number, sent: never) => (answer = decodeFrame(encodeFrame(as, id, sent))),
    }
    const frame = decodeFrame(encodeFrame(name, 1, body))
    const { nodeFrames, deviceFrames } = site.logs.service
    const handlers = (from ? nodeFrames : deviceFrames) as Record<string, (...given: unknown[]) => Promise<void>>
    const link = { source: { owner: OWNER, network: '127.0.0' }, connection }
    await handlers[name]?.(...(from ? [connection, from, frame] : [link, frame]))
    if (isCut()) await silence()
    if (!answer) throw new Error('no answer')
    return answer
  }

  #siteOf({ nodeKey }: NodeRecordValue): Site {
    return this.all.find(({ record }) => record.nodeKey === nodeKey) as Site
  }
}

function recordOf(nodeKey: string, index: number): NodeRecordValue {
  return { nodeKey, endpoints: [`wss://127.0.0.1:${4_000 + index}`], fingerprint: nodeKey, object: null }
}

async function silence(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 50))
  throw new ParleyError('timeout', 'The node did not answer in time.')
}
