import { fromBase58 } from '@iota/bcs'
import * as v from 'valibot'
import { COIN_PAGE, MAX_COIN_TYPES, MAX_HISTORY, MAX_MEMO_PAGE, MEMO_HEAD_BYTES } from './constants.ts'

const MAX_U64 = 2n ** 64n - 1n
/** A transaction is at most 128 KiB; its signatures, in base64. */
const MAX_RAW_CHARACTERS = 400_000

/** A u64 as decimal string, or as number where nodes give one. */
export const u64Schema = v.pipe(
  v.union([v.pipe(v.string(), v.regex(/^\d{1,20}$/)), v.pipe(v.number(), v.safeInteger(), v.minValue(0))]),
  v.transform((value) => BigInt(value)),
  v.maxValue(MAX_U64),
)
const amountSchema = v.pipe(
  v.string(),
  v.regex(/^-?\d{1,20}$/),
  v.transform((text) => BigInt(text)),
)
/** `0x` with the zeros that some nodes leave out. */
export const addressSchema = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{1,64}$/),
  v.transform((text) => `0x${text.slice(2).toLowerCase().padStart(64, '0')}`),
)
const BASE58_DIGEST = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/
export const digestSchema = v.pipe(v.string(), v.regex(BASE58_DIGEST), v.check(isDigest))
const cursorSchema = v.pipe(v.string(), v.maxLength(256))

export const chainSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/))
export const balanceSchema = v.object({ totalBalance: u64Schema })
export const checkpointSchema = v.object({ epoch: u64Schema, digest: digestSchema, sequenceNumber: u64Schema })

/** An object that is there, or not. */
/** `type` is `package` for one, where it was asked for. */
export const existsSchema = v.object({
  data: v.nullish(v.object({ objectId: addressSchema, type: v.nullish(v.string()) })),
})

export const coinPageSchema = v.object({
  data: v.pipe(
    v.array(v.object({ coinObjectId: addressSchema, version: u64Schema, digest: digestSchema, balance: u64Schema })),
    v.maxLength(COIN_PAGE),
  ),
  nextCursor: v.nullish(cursorSchema),
  hasNextPage: v.boolean(),
})
export type CoinPage = v.InferOutput<typeof coinPageSchema>

const statusSchema = v.union([
  v.object({ status: v.literal('success') }),
  v.object({ status: v.literal('failure'), error: v.optional(v.pipe(v.string(), v.maxLength(4096)), 'failed') }),
])
const gasUsedSchema = v.object({
  computationCost: u64Schema,
  storageCost: u64Schema,
  storageRebate: u64Schema,
  nonRefundableStorageFee: u64Schema,
})
export const effectsSchema = v.object({ status: statusSchema, gasUsed: gasUsedSchema })
export type Effects = v.InferOutput<typeof effectsSchema>

export const dryRunSchema = v.object({ effects: effectsSchema })
export const executedSchema = v.object({ digest: digestSchema, effects: effectsSchema })
/** Entries without effects are transactions that the node does not know. */
export const outcomesSchema = v.pipe(
  v.array(
    v.nullable(
      v.object({
        digest: v.optional(digestSchema),
        effects: v.optional(effectsSchema),
        timestampMs: v.nullish(u64Schema),
      }),
    ),
  ),
  v.maxLength(1),
)

/** The last input of a program, where it is bytes that no command gives a type. */
export const memoInputSchema = v.object({
  inputs: v.pipe(
    v.array(v.unknown()),
    v.transform((inputs) => inputs.at(-1)),
    v.object({
      type: v.literal('pure'),
      value: v.pipe(
        v.array(v.unknown()),
        v.minLength(1),
        v.transform((bytes) => bytes.slice(0, MEMO_HEAD_BYTES)),
        v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255))),
      ),
    }),
  ),
})

const ownerSchema = v.union([v.object({ AddressOwner: addressSchema }), v.unknown()])
const entries = {
  digest: digestSchema,
  transaction: v.object({ data: v.object({ sender: addressSchema, transaction: v.optional(v.unknown()) }) }),
  effects: effectsSchema,
  timestampMs: v.nullish(u64Schema),
  balanceChanges: v.pipe(
    v.array(v.object({ owner: ownerSchema, coinType: v.string(), amount: amountSchema })),
    v.maxLength(4096),
  ),
}
export const entrySchema = v.object(entries)
/** Asked for by its digest: what the node does not know comes without effects. */
export const detailsSchema = v.pipe(
  v.array(
    v.nullable(
      v.union([
        v.object({
          ...entries,
          effects: v.object({ ...effectsSchema.entries, executedEpoch: v.nullish(u64Schema) }),
          checkpoint: v.nullish(u64Schema),
          rawTransaction: v.nullish(
            v.pipe(v.string(), v.maxLength(MAX_RAW_CHARACTERS), v.regex(/^[A-Za-z0-9+/]*={0,2}$/)),
          ),
        }),
        v.object({ effects: v.optional(v.undefined()) }),
      ]),
    ),
  ),
  v.maxLength(1),
)
export const historySchema = v.object({
  data: v.pipe(v.array(entrySchema), v.maxLength(MAX_HISTORY)),
  nextCursor: v.nullish(cursorSchema),
  hasNextPage: v.boolean(),
})

/** What a page of memos needs and no more; its digests are only handed back to the ledger, and decoding them took half the time. */
export const memoPageSchema = v.object({
  data: v.pipe(
    v.array(
      v.object({
        digest: v.pipe(v.string(), v.regex(BASE58_DIGEST)),
        rawTransaction: v.pipe(v.string(), v.maxLength(MAX_RAW_CHARACTERS)),
        timestampMs: v.nullish(u64Schema),
      }),
    ),
    v.maxLength(MAX_MEMO_PAGE),
  ),
  nextCursor: v.nullish(cursorSchema),
  hasNextPage: v.boolean(),
})

/** `0x2::iota::IOTA` and the like, type arguments included. */
const coinTypeSchema = v.pipe(
  v.string(),
  v.maxLength(500),
  v.regex(/^0x[0-9a-fA-F]{1,64}::[A-Za-z_]\w{0,127}::[A-Za-z_]\w{0,127}(<[\w:, <>]+>)?$/),
)
/** Sums of many coins may be above a u64. */
const sumSchema = v.pipe(
  v.string(),
  v.regex(/^\d{1,39}$/),
  v.transform((text) => BigInt(text)),
)
export const balancesSchema = v.pipe(
  v.array(
    v.object({
      coinType: coinTypeSchema,
      coinObjectCount: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      totalBalance: sumSchema,
    }),
  ),
  v.maxLength(MAX_COIN_TYPES),
)
/** What the maker of a coin says of it: anything at all. */
export const metadataSchema = v.nullable(
  v.object({
    decimals: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
    name: v.pipe(v.string(), v.maxLength(10_000)),
    symbol: v.pipe(v.string(), v.maxLength(10_000)),
  }),
)

function isDigest(text: string): boolean {
  try {
    return fromBase58(text).length === 32
  } catch {
    return false
  }
}
