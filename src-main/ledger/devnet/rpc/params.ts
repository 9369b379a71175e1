import { fromBase58, fromBase64 } from '@iota/bcs'
import * as v from 'valibot'
import { canonicalTypeText } from '../move/index.ts'
import { canonicalType, IOTA_TYPE } from '../objects/index.ts'

/** Most digests or ids in one request, as on a node. */
const MAX_BATCH = 50
/** 128 KiB of transaction in base64, rounded up. */
const MAX_TRANSACTION_TEXT = 180_000
/** A sponsored transaction has two signatures; a MultiSig of ten is about 2 KB. */
const MAX_SIGNATURES = 2
const MAX_SIGNATURE_TEXT = 8192
const MAX_TYPE_TEXT = 512
const MAX_IDENTIFIER = 128
const MAX_U64 = 2n ** 64n - 1n

/** Addresses and object ids: short forms are filled up with zeros. */
export const idParam = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{1,64}$/, 'not an address or object id'),
  v.transform((text) => `0x${text.slice(2).toLowerCase().padStart(64, '0')}`),
)
export const idsParam = v.pipe(v.array(idParam), v.maxLength(MAX_BATCH, tooMany), v.check(distinct, duplicates))

export const digestParam = v.pipe(
  v.string(),
  v.maxLength(44),
  v.check((text) => decodesTo(() => fromBase58(text)) === 32, 'not a digest'),
)
export const digestsParam = v.pipe(v.array(digestParam), v.maxLength(MAX_BATCH, tooMany), v.check(distinct, duplicates))

const base64Param = v.pipe(
  v.string(),
  v.maxLength(MAX_TRANSACTION_TEXT),
  v.check((text) => decodesTo(() => fromBase64(text)) !== undefined, 'not base64'),
)
export const transactionParam = v.pipe(
  base64Param,
  v.transform((text) => fromBase64(text)),
)
const signature = v.pipe(v.string(), v.maxLength(MAX_SIGNATURE_TEXT))
export const signaturesParam = v.union([
  v.pipe(v.array(signature), v.maxLength(MAX_SIGNATURES)),
  v.pipe(
    signature,
    v.transform((one) => [one]),
  ),
])

/** A Move type in any spelling; its canonical text. */
export const typeParam = v.pipe(
  v.string(),
  v.maxLength(MAX_TYPE_TEXT),
  v.check((text) => canonicalTypeText(text) !== undefined, 'not a Move type'),
  v.transform((text) => canonicalTypeText(text) ?? text),
)
/** A coin type; IOTA without one. */
export const coinTypeParam = v.pipe(
  v.nullish(typeParam),
  v.transform((type) => type ?? canonicalType(IOTA_TYPE)),
)
/** Name of a module, function or struct. */
export const identifierParam = v.pipe(
  v.string(),
  v.maxLength(MAX_IDENTIFIER),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not an identifier'),
)

/** A count or sequence number as number or decimal string. */
export const countParam = v.pipe(
  v.union([
    v.pipe(v.number(), v.integer(), v.minValue(0)),
    v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number)),
  ]),
)
/** u64 as number or decimal string. */
export const u64Param = v.pipe(
  v.union([
    v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
    v.pipe(v.string(), v.regex(/^\d{1,20}$/)),
  ]),
  v.transform((value) => BigInt(value)),
  v.maxValue(MAX_U64),
)
/** A cursor that is an object id. */
export const idCursorParam = v.nullish(idParam)
export const limitParam = v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1)))
export const descendingParam = v.nullish(v.boolean())

const flag = v.nullish(v.boolean())
export const objectOptionsParam = v.nullish(
  v.object({
    showType: flag,
    showOwner: flag,
    showPreviousTransaction: flag,
    showStorageRebate: flag,
    showContent: flag,
    showBcs: flag,
    showDisplay: flag,
  }),
)
export type ObjectOptions = v.InferOutput<typeof objectOptionsParam>

export const transactionOptionsParam = v.nullish(
  v.object({
    showInput: flag,
    showRawInput: flag,
    showEffects: flag,
    showRawEffects: flag,
    showEvents: flag,
    showObjectChanges: flag,
    showBalanceChanges: flag,
  }),
)
export type TransactionOptions = v.InferOutput<typeof transactionOptionsParam>

function tooMany(): string {
  return `Input exceeds limit of ${MAX_BATCH}`
}

function duplicates(): string {
  return 'Input contains duplicates'
}

function distinct(items: string[]): boolean {
  return new Set(items).size === items.length
}

function decodesTo(decode: () => Uint8Array): number | undefined {
  try {
    return decode().length
  } catch {
    return undefined
  }
}
