import * as v from 'valibot'
import { type Clock, sleep } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { FAUCET_POLL_MS, FAUCET_TIMEOUT_MS } from './constants.ts'
import type { JsonHttp } from './http.ts'
import { findOutcome } from './outcome.ts'
import { type RpcClient, unreadable } from './rpc-client.ts'
import { digestSchema, u64Schema } from './schemas.ts'

const taskSchema = v.object({ task: v.pipe(v.string(), v.regex(/^[0-9a-zA-Z-]{1,64}$/)) })
const sentSchema = v.pipe(v.array(v.object({ amount: u64Schema, transferTxDigest: digestSchema })), v.maxLength(100))
const statusSchema = v.object({
  status: v.object({
    status: v.picklist(['INPROGRESS', 'SUCCEEDED', 'DISCARDED']),
    transferred_gas_objects: v.nullish(v.object({ sent: sentSchema })),
  }),
})
type Sent = v.InferOutput<typeof sentSchema>

export interface FaucetParts {
  url: string
  http: JsonHttp
  rpc: RpcClient
  clock: Clock
}

/** Asks for tokens and waits until the ledger has them; answers the NANOS. Throws `rate_limited` and `timeout` too. */
export async function askFaucet(parts: FaucetParts, address: string): Promise<bigint> {
  const body = { FixedAmountRequest: { recipient: address } }
  const { status, body: answer } = await parts.http.request(new URL('/v1/gas', parts.url).href, body)
  if (status === 429)
    throw new ParleyError('rate_limited', 'The faucet has had too many requests. Please wait a minute.')
  const task = v.safeParse(taskSchema, answer)
  if (!task.success) throw unreadable('/v1/gas')
  const until = parts.clock.steady() + FAUCET_TIMEOUT_MS
  const sent = await poll(parts.clock, until, () => taskResult(parts, task.output.task))
  for (const { transferTxDigest } of sent)
    await poll(parts.clock, until, () => findOutcome(parts.rpc, transferTxDigest, parts.clock.now()))
  return sent.reduce((sum, { amount }) => sum + amount, 0n)
}

async function taskResult({ http, url }: FaucetParts, task: string): Promise<Sent | undefined> {
  const { body } = await http.request(new URL(`/v1/status/${task}`, url).href)
  const answer = v.safeParse(statusSchema, body)
  if (!answer.success) throw unreadable('/v1/status')
  const { status, transferred_gas_objects: transferred } = answer.output.status
  if (status === 'DISCARDED') throw new ParleyError('rate_limited', 'The faucet did not give tokens. Please try later.')
  return status === 'SUCCEEDED' ? (transferred?.sent ?? []) : undefined
}

async function poll<T>(clock: Clock, until: number, ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const result = await ask()
    if (result !== undefined) return result
    if (clock.steady() >= until) throw new ParleyError('timeout', 'The faucet did not answer in time.')
    await sleep(clock, FAUCET_POLL_MS)
  }
}
