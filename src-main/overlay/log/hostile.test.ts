import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ParleyError } from '../../contract/index.ts'
import { fixedLedger, startNodes } from '../../testing/testnet-nodes.ts'
import { defaultLimits } from '../limits/limits.ts'
import { RESERVED_BYTES } from '../state/index.ts'
import { dialAsNode } from '../test-device.ts'
import { encodeAsk } from './codec.ts'

const LOGS = 40
/** Far more than a node may tell of at once. */
const MOST_TOLD = 20_000
const AT_ONCE = 250
const id = (index: number) => `0x${index.toString(16).padStart(64, '0')}`

it('a node that tells of logs without end fills no more than foundings may, and is told to wait', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-hostile-logs-'))
  const kept = { ...defaultLimits.kept, logBytes: LOGS * RESERVED_BYTES }
  const net = await startNodes(2, {
    ledger: fixedLedger('0badcafe'),
    limits: { kept },
    dataDir: (i) => join(folder, `${i}`),
  })
  try {
    const [first = '', second = ''] = net.addresses
    const members = net.nodes.map(({ nodeId }) => nodeId)
    const hostile = await dialAsNode(join(folder, '1'), second, first)
    const tell = async (index: number) => {
      const view = { number: 1, after: 0, members, previous: [], owner: id(index), floor: 0, used: 0 }
      const ask = encodeAsk({ kind: 'adopt', view })
      const answer = hostile.request('logAsk', { group: id(index), ask }, 'logAnswer', 10_000)
      return answer.then(() => 'done').catch((error: unknown) => (error instanceof ParleyError ? error.code : 'failed'))
    }
    const answers: string[] = []
    while (!answers.includes('rate_limited') && answers.length < MOST_TOLD) {
      const from = answers.length
      answers.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => tell(from + index)))))
    }
    expect(new Set(answers)).toEqual(new Set(['done', 'storage_full', 'rate_limited']))
    expect(answers.filter((answer) => answer === 'done')).toHaveLength((LOGS * 3) / 4)
    hostile.close()
  } finally {
    await net.stop()
    await rm(folder, { recursive: true, force: true })
  }
})
