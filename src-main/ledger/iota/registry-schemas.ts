import { bcs } from '@iota/bcs'
import * as v from 'valibot'
import { boundedVector, MAX_ENDPOINTS } from '../../wire/index.ts'
import { addressSchema, digestSchema, u64Schema } from './schemas.ts'

/** Events and objects that nodes give at a time. */
export const REGISTRY_PAGE = 50
/** A record with four longest endpoints is 1.5 KB. */
const MAX_BASE64 = 4_096
/** Of keys, fingerprints and proofs. */
const MAX_FIELD_BYTES = 64

const base64Schema = v.pipe(
  v.string(),
  v.maxLength(MAX_BASE64),
  v.regex(/^[A-Za-z0-9+/]*={0,2}$/),
  v.transform((text) => new Uint8Array(Buffer.from(text, 'base64'))),
)
const typeSchema = v.pipe(v.string(), v.maxLength(300))

export const registeredObjectsSchema = v.pipe(
  v.array(
    v.object({
      data: v.nullish(
        v.object({
          objectId: addressSchema,
          type: v.nullish(typeSchema),
          owner: v.nullish(
            v.union([v.object({ Shared: v.object({ initial_shared_version: u64Schema }) }), v.unknown()]),
          ),
          bcs: v.nullish(v.object({ bcsBytes: v.optional(base64Schema) })),
        }),
      ),
    }),
  ),
  v.maxLength(REGISTRY_PAGE),
)

const cursorSchema = v.object({ txDigest: digestSchema, eventSeq: u64Schema })
export type EventCursor = v.InferOutput<typeof cursorSchema>
export const eventsSchema = v.pipe(
  v.array(
    v.object({
      id: cursorSchema,
      type: typeSchema,
      bcs: v.pipe(v.string(), v.maxLength(MAX_BASE64)),
      bcsEncoding: v.optional(v.picklist(['base64', 'base58']), 'base58'),
    }),
  ),
  v.maxLength(REGISTRY_PAGE),
)
export const registryEventsSchema = v.object({ data: eventsSchema, hasNextPage: v.boolean() })
export type EventEntry = v.InferOutput<typeof eventsSchema>[number]

/** The library's own reader allocates for whatever length the bytes claim. */
const Bytes = boundedVector(bcs.u8(), MAX_FIELD_BYTES)
const ProfileBytes = bcs.struct('Profile', {
  endpoints: boundedVector(bcs.string(), MAX_ENDPOINTS),
  tlsFingerprint: Bytes,
  roles: bcs.u64(),
  prices: bcs.struct('Prices', { relayedMb: bcs.u64(), storedMbDay: bcs.u64(), forwardedTransaction: bcs.u64() }),
  version: bcs.u64(),
})
export const NodeRecordBytes = bcs.struct('NodeRecord', {
  id: bcs.bytes(32),
  owner: bcs.bytes(32),
  nodeKey: Bytes,
  profile: ProfileBytes,
  stake: bcs.u64(),
  renewed: bcs.u64(),
  freeFrom: bcs.u64(),
})
/** The events as far as they are read, by the name of their type. */
export const RegisteredBytes = bcs.struct('Registered', {
  node: bcs.bytes(32),
  owner: bcs.bytes(32),
  nodeKey: Bytes,
  profile: ProfileBytes,
  stake: bcs.u64(),
  epoch: bcs.u64(),
})
export const RenewedBytes = bcs.struct('Renewed', { node: bcs.bytes(32), profile: ProfileBytes, epoch: bcs.u64() })
