import * as v from 'valibot'
import { addressInputSchema, addressSchema, feeSchema, nameSchema, pathSchema, timeSchema } from './schemas.ts'

const nothing = v.strictObject({})
/** A room's id: 0x and the 32-byte hash of its secret, so that a chat can have it as its own. */
export const roomIdSchema = addressSchema
const byRoom = v.strictObject({ roomId: roomIdSchema })
/** A shared secret, or the `parley:room…` link that holds it. */
const roomSecretSchema = v.pipe(v.string(), v.trim(), v.minLength(8), v.maxLength(500))
/** Bytes of one block of data to a room. */
export const MAX_ROOM_DATA_BYTES = 16 * 1024 * 1024

export const roomSchema = v.object({
  id: roomIdSchema,
  title: v.string(),
  /** What to give to others: who has it is in the room. */
  link: v.string(),
  /** `joining`: nobody found yet; `open`: connected to at least one; `paused`: no money or consent to announce itself. */
  state: v.picklist(['joining', 'open', 'paused']),
  /** For `paused`: why, as an error code. */
  reason: v.optional(v.string()),
  members: v.array(
    v.object({
      address: addressSchema,
      deviceId: v.string(),
      /** The name that the member gives of itself. */
      name: v.string(),
      path: pathSchema,
      rttMs: v.optional(v.number()),
    }),
  ),
  /** NANOS burned and deposited for this room so far. */
  spent: feeSchema,
  joinedAt: timeSchema,
})

/** What using the ledger for signalling costs, known before it is used. */
export const signallingCostSchema = v.object({
  /** One record on the ledger. */
  perRecord: feeSchema,
  /** Records that one connection needs from this side at least. */
  records: v.pipe(v.number(), v.integer()),
  fee: feeSchema,
  /** Whether it may be used now, or the user has to agree first (`settings.ledgerSignalling`). */
  allowed: v.boolean(),
})

export const roomMethods = {
  'rooms.list': { input: nothing, output: v.object({ rooms: v.array(roomSchema) }) },
  /** A new room with a secret of 128 bits. */
  'rooms.create': { input: v.strictObject({ title: v.optional(nameSchema) }), output: roomSchema },
  /** Joins by secret or link; again is the same room. Throws `payment_required` where the user has not agreed to the cost. */
  'rooms.join': {
    input: v.strictObject({ secret: roomSecretSchema, title: v.optional(nameSchema) }),
    output: v.object({ roomId: roomIdSchema, link: v.string() }),
  },
  'rooms.leave': { input: byRoom, output: nothing },
  'rooms.rename': { input: v.strictObject({ roomId: roomIdSchema, title: nameSchema }), output: roomSchema },
  /** Sends bytes to every member, or to one; resolves with how many members have all of it. */
  'rooms.sendData': {
    input: v.strictObject({
      roomId: roomIdSchema,
      to: v.optional(addressInputSchema),
      data: v.pipe(
        v.instance(Uint8Array),
        v.check((data) => data.length <= MAX_ROOM_DATA_BYTES, 'at most 16 MiB'),
      ),
    }),
    output: v.object({ dataId: v.string(), members: v.number() }),
  },
  /** What joining a room costs at least. */
  'rooms.cost': { input: nothing, output: signallingCostSchema },
  /** What reaching a contact through the ledger costs at least, for where no S2 node can be used. */
  'contacts.ledgerCost': { input: nothing, output: signallingCostSchema },
  /** Starts or renews the connection to a contact through the ledger. */
  'contacts.reachByLedger': { input: v.strictObject({ address: addressInputSchema }), output: nothing },
} as const

export const roomEvents = {
  room: v.object({ room: roomSchema, removed: v.boolean() }),
  'room.data': v.object({
    roomId: roomIdSchema,
    from: addressSchema,
    dataId: v.string(),
    data: v.instance(Uint8Array),
  }),
} as const

export type Room = v.InferOutput<typeof roomSchema>
export type SignallingCost = v.InferOutput<typeof signallingCostSchema>
