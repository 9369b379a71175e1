import { bcs } from '@iota/bcs'
import { Bytes64, ByteVector } from '../identity.ts'
import { Address, Empty, frame, SMALL } from './define.ts'

/** A question to the ledger as JSON text: a page of 50 ids is 4 KB, a transaction to try 128 KiB, in base64. */
const MAX_QUERY_BYTES = 180 * 1024
/** A ledger's answer, compressed with gzip. */
export const MAX_QUERY_RESULT_BYTES = 224 * 1024
/** Protocol limit of a transaction. */
const MAX_LEDGER_TRANSACTION_BYTES = 128 * 1024

/** As bigint on both sides. */
const U64 = bcs.u64().transform({ input: (value: bigint) => value, output: (value) => BigInt(value) })
const U128 = bcs.u128().transform({ input: (value: bigint) => value, output: (value) => BigInt(value) })

const Voucher = bcs.struct('Voucher', {
  channel: Address,
  /** NANOS in the channel that the state counts. */
  deposited: U64,
  /** NANOS promised to the node in all; also the state's sequence. */
  paid: U64,
  /** The payer's, over the state (docs/move.md). */
  signature: Bytes64,
})

/** Types 80 to 95: prices, vouchers and the ledger gateway. Amounts are NANOS. */
export const feeFrames = {
  getFees: frame(80, Empty),
  /** Answers `getFees` and `voucher`. */
  fees: frame(
    81,
    bcs.struct('Fees', {
      prices: bcs.struct('Prices', { relayedMb: U64, storedMbDay: U64, forwardedTransaction: U64 }),
      /** Bytes that an address may have relayed in a UTC day for nothing, and how many of today's are used. */
      allowance: U64,
      usedToday: U64,
      /** What may be unpaid where a channel is open. */
      credit: U64,
      /** What a stranger pays in advance for a contact request; 0 where nothing is asked. */
      postage: U64,
      /** Who is paid and how; absent where nothing can be paid here. */
      payee: bcs.option(
        bcs.struct('Payee', { owner: Address, packageId: Address, windowMs: U64, record: bcs.option(Address) }),
      ),
      /** Names this count: another one begins at zero. */
      meter: U64,
      /** What this device has used since the count began: bytes of accepted sends, and bytes times milliseconds of queued ones. */
      relayedBytes: U64,
      storedByteMs: U128,
      /** NANOS that this device's use costs, the free allowance left out. */
      charged: U64,
      /** NANOS that this device was charged as postage; not in `charged`. */
      posted: U64,
      /** NANOS of both that are not promised yet. */
      unpaid: U64,
      /** NANOS that were promised beyond both. */
      ahead: U64,
      /** The newest voucher of this device's open channel. */
      voucher: bcs.option(Voucher),
    }),
    2 * SMALL,
  ),
  voucher: frame(82, Voucher),
  /** The payer's consent to close at once (domain parley/channel-close/1) with a sequence above the newest voucher's. */
  closeChannel: frame(
    83,
    bcs.struct('CloseChannel', {
      channel: Address,
      deposited: U64,
      paid: U64,
      sequence: U64,
      signature: Bytes64,
    }),
  ),
  /** The node's signature over the same. */
  closeConsent: frame(84, bcs.struct('CloseConsent', { signature: Bytes64 })),
  query: frame(85, bcs.struct('Query', { method: bcs.string(), params: bcs.string() }), MAX_QUERY_BYTES + SMALL),
  /** The JSON-RPC answer, compressed with gzip. */
  queryResult: frame(86, bcs.struct('QueryResult', { gzip: ByteVector }), MAX_QUERY_RESULT_BYTES + SMALL),
  /** A transaction and its serialised signature (flag, signature, public key); answered by `queryResult`. */
  submit: frame(
    87,
    bcs.struct('Submit', { bytes: ByteVector, signature: ByteVector }),
    MAX_LEDGER_TRANSACTION_BYTES + SMALL,
  ),
} as const
