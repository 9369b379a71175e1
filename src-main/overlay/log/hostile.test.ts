import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret, systemClock, systemRandom, toHex, utf8 } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { type SigningKey, signingKeyFromSeed } from '../../crypto/index.ts'
import { fixedLedger, startNodes, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { defaultLimits } from '../limits/limits.ts'
import type { Connection } from '../link/connection.ts'
import { openNodeFiles } from '../node/files.ts'
import { RESERVED_BYTES } from '../state/index.ts'
import { createDevice, dialAsNode } from '../test-device.ts'
import { encodeAsk } from './codec.ts'
import type { Ask, Founding, View } from './core/types.ts'
import { signFounding } from './vouching.ts'

const LOGS = 40
const SHARE = (LOGS * 3) / 8
/** Far more than a node may tell of at once. */
const MOST_TOLD = 20_000
const AT_ONCE = 250
const id = (index: number) => `0x${index.toString(16).padStart(64, '0')}`

let folder: string
let net: TestNodes
/** In the hands of whoever has the keys of the second and the third node. */
let hostile: Connection
let other: Connection
let keys: SigningKey[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-hostile-logs-'))
  const kept = { ...defaultLimits.kept, logBytes: LOGS * RESERVED_BYTES }
  net = await startNodes(3, {
    ledger: fixedLedger('0badcafe'),
    limits: { kept },
    dataDir: (i) => join(folder, `${i}`),
  })
  const folders = [0, 1, 2].map((index) => join(folder, `${index}`))
  keys = await Promise.all(folders.map(async (path) => (await openNodeFiles(path, systemClock, systemRandom)).key))
  const [first = '', second = '', third = ''] = net.addresses
  hostile = await dialAsNode(folders[1] ?? '', second, first)
  other = await dialAsNode(folders[2] ?? '', third, first)
})
afterEach(async () => {
  for (const link of [hostile, other]) link.close()
  await net.stop()
  await rm(folder, { recursive: true, force: true })
})

function viewOf(founding: Founding): View {
  const members = net.nodes.map(({ nodeId }) => nodeId)
  return { number: 1, after: 0, members, previous: [], ...founding, floor: 0, used: 0 }
}

/** What the first node says to it. */
async function tell(link: Connection, group: string, ask: Ask): Promise<string> {
  const answer = link.request('logAsk', { group, ask: encodeAsk(ask) }, 'logAnswer', 10_000)
  return answer.then(({ answer: { $kind } }) => $kind).catch((error: unknown) => codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof ParleyError ? error.code : 'failed'
}

/** Each log in the name of another wallet: those cost nothing. */
const tellOf = (link: Connection, key: SigningKey | undefined, index: number) =>
  tell(link, id(index), { kind: 'adopt', view: viewOf(signFounding(key as SigningKey, id(index), id(index + 1))) })

describe('a node that lies about logs', () => {
  it('and tells of them without end fills its share, is told to wait, and leaves the others theirs', async () => {
    const answers: string[] = []
    while (!answers.includes('rate_limited') && answers.length < MOST_TOLD) {
      const from = answers.length
      const told = Array.from({ length: AT_ONCE }, (_, index) => tellOf(hostile, keys[1], from + index))
      answers.push(...(await Promise.all(told)))
    }
    expect(new Set(answers)).toEqual(new Set(['done', 'storage_full', 'rate_limited']))
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(SHARE)
    // Nor does it fill more by what it writes into those that it has.
    const value = systemRandom.bytes(60_000)
    expect(await tell(hostile, id(0), { kind: 'accept', view: 1, epoch: 0, ballot: 1, value })).toBe('storage_full')
    for (let index = 0; index < 5; index++) expect(await tellOf(other, keys[2], MOST_TOLD + index)).toBe('done')
    const alice = createDevice(net.addresses.slice(0, 1))
    await alice.overlay.start()
    try {
      await waitFor(() => alice.overlay.links().some(({ state }) => state === 'connected'))
      for (let count = 0; count < 3; count++)
        expect(await alice.overlay.appendLog(systemRandom.bytes(32), 0, utf8('mine'))).toEqual({ won: true })
    } finally {
      await alice.overlay.stop()
    }
  }, 60_000)

  it('cannot have them counted as those of another node or of none', async () => {
    const [, own, third] = keys as [SigningKey, SigningKey, SigningKey]
    const signed = signFounding(own, id(1), id(7))
    const forged = { ...signed, via: toHex(third.publicKey) }
    expect(await tell(hostile, id(1), { kind: 'adopt', view: viewOf(forged) })).toBe('bad_signature')
    expect(await tell(hostile, id(2), { kind: 'adopt', view: viewOf(signed) })).toBe('bad_signature')
    const nobody = signFounding(signingKeyFromSeed(new Secret(systemRandom.bytes(32))), id(1), id(7))
    expect(await tell(hostile, id(1), { kind: 'adopt', view: viewOf(nobody) })).toBe('unauthorized')
    const later = { ...viewOf(nobody), number: 9, after: 8, previous: [toHex(own.publicKey)] }
    expect(await tell(hostile, id(1), { kind: 'adopt', view: later })).toBe('unauthorized')
    const body = { group: id(3), epoch: 0, entry: utf8('x'), founding: { owner: id(7), proof: signed.proof } }
    expect(await hostile.request('logAppend', body, 'logResult', 10_000).catch(codeOf)).toBe('bad_signature')
    expect(await tell(hostile, id(1), { kind: 'adopt', view: viewOf(signed) })).toBe('done')
    // What was told first stays: no log moves to the share of another by a later view.
    const again = { ...viewOf(signFounding(third, id(1), id(8))), number: 2, after: 1 }
    expect(await tell(hostile, id(1), { kind: 'adopt', view: again })).toBe('done')
    const found = await other.request('logAsk', { group: id(1), ask: encodeAsk({ kind: 'find' }) }, 'logAnswer', 5_000)
    expect(found.answer.$kind === 'view' && found.answer.view.view.via).toBe(toHex(own.publicKey))
  }, 30_000)
})
