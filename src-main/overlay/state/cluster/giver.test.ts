import type { JetStreamClient } from '@nats-io/jetstream'
import { expect, it } from 'vitest'
import { silentLog, systemRandom } from '../../../base/index.ts'
import { defaultLimits } from '../../limits/limits.ts'
import type { Command } from '../commands.ts'
import { stateLimits } from '../merge.ts'
import { encodeCommand } from './codec.ts'
import { Giver } from './giver.ts'

const NOW = 1_700_000_000_000
const MiB = 1024 * 1024

it('so many bytes wait for a cluster that is behind; what comes beyond is refused', async () => {
  const client = { publish: () => new Promise<never>(() => {}) } as unknown as JetStreamClient
  const giver = new Giver({
    client,
    subject: 'x',
    limits: stateLimits(defaultLimits),
    maxBytes: MiB,
    answerMs: 60_000,
    onAnswer: () => {},
    clock: { now: () => NOW, steady: () => NOW, after: () => () => {} },
    random: systemRandom,
    log: silentLog,
  })
  const command: Command = { kind: 'setMeta', command: { name: 'x', value: new Uint8Array(1_000_000) } }
  const fit = Math.floor((64 * MiB) / encodeCommand(command).length)
  const refusals: unknown[] = []
  for (let count = 0; count < fit + 3; count++) giver.give(command).catch((error: unknown) => refusals.push(error))
  await Promise.resolve()
  await Promise.resolve()
  const behind = { code: 'rate_limited', retryAfter: 1_000 }
  expect(refusals).toEqual(Array.from({ length: 3 }, () => expect.objectContaining(behind)))
  giver.stop()
})
