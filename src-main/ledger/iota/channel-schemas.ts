import { bcs } from '@iota/bcs'
import * as v from 'valibot'
import { boundedVector } from '../../wire/index.ts'
import { addressSchema, u64Schema } from './schemas.ts'

/** Limits of the module. */
const MAX_PARTIES = 16
const MAX_CONDITIONS = 16
const MAX_DEPOSITS = 32
const MAX_FIELD_BYTES = 64
/** A channel with everything that fits is 6 KB. */
const MAX_BASE64 = 16_384

export const channelObjectSchema = v.object({
  data: v.nullish(
    v.object({
      objectId: addressSchema,
      type: v.nullish(v.pipe(v.string(), v.maxLength(500))),
      owner: v.nullish(v.union([v.object({ Shared: v.object({ initial_shared_version: u64Schema }) }), v.unknown()])),
      bcs: v.nullish(
        v.object({
          bcsBytes: v.optional(
            v.pipe(
              v.string(),
              v.maxLength(MAX_BASE64),
              v.regex(/^[A-Za-z0-9+/]*={0,2}$/),
              v.transform((text) => new Uint8Array(Buffer.from(text, 'base64'))),
            ),
          ),
        }),
      ),
    }),
  ),
})

const Bytes = boundedVector(bcs.u8(), MAX_FIELD_BYTES)
const Party = bcs.struct('Party', { key: Bytes, payout: bcs.bytes(32) })
const Condition = bcs.struct('Condition', {
  from: bcs.u64(),
  to: bcs.u64(),
  amount: bcs.u64(),
  hash: Bytes,
  expiry: bcs.u64(),
})

export const ChannelBytes = bcs.struct('Channel', {
  id: bcs.bytes(32),
  chain: Bytes,
  parties: boundedVector(Party, MAX_PARTIES),
  window: bcs.u64(),
  funds: bcs.u64(),
  base: bcs.u64(),
  deposits: boundedVector(bcs.struct('Deposit', { party: bcs.u64(), amount: bcs.u64() }), MAX_DEPOSITS),
  sequence: bcs.u64(),
  balances: boundedVector(bcs.u64(), MAX_PARTIES),
  conditions: boundedVector(Condition, MAX_CONDITIONS),
  counted: bcs.u64(),
  closesAt: bcs.u64(),
  closer: bcs.u64(),
  closedWith: bcs.u64(),
  cheater: bcs.u64(),
  revealed: boundedVector(bcs.struct('Revelation', { hash: Bytes, at: bcs.u64() }), MAX_CONDITIONS),
  settled: bcs.bool(),
})
