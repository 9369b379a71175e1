import { toBase64 } from '@iota/bcs'
import * as v from 'valibot'
import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { EXECUTE_METHOD, type LedgerGate } from '../gate.ts'
import { JsonHttp } from './http.ts'
import { addressSchema, digestSchema, dryRunSchema } from './schemas.ts'

/** Ids, digests and cursors of one question. */
const MAX_IDS = 50
const MAX_TEXT = 200
/** A transaction in base64. */
const MAX_TRANSACTION_TEXT = 176_000

const cursor = v.nullish(v.pipe(v.string(), v.maxLength(256)))
const limit = v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_IDS)))
const flags = v.record(v.pipe(v.string(), v.maxLength(40)), v.boolean())
const number = v.pipe(v.string(), v.regex(/^\d{1,20}$/))
const type = v.pipe(v.string(), v.maxLength(MAX_TEXT))
const order = v.nullish(v.boolean())
const eventCursor = v.nullish(v.strictObject({ txDigest: digestSchema, eventSeq: number }))
const transactionFilter = v.union([
  v.strictObject({ FromAddress: addressSchema }),
  v.strictObject({ ToAddress: addressSchema }),
  v.strictObject({ FromOrToAddress: v.strictObject({ addr: addressSchema }) }),
])
const eventFilter = v.union([
  v.strictObject({ Sender: addressSchema }),
  v.strictObject({ MoveEventModule: v.strictObject({ package: addressSchema, module: type }) }),
])
const transactionText = v.pipe(v.string(), v.maxLength(MAX_TRANSACTION_TEXT), v.base64())

/** What may be asked, with its parameters: what this program's own adapter asks, and nothing that makes a ledger search. */
const questions: Readonly<Record<string, v.GenericSchema>> = {
  iota_getChainIdentifier: v.strictTuple([]),
  iota_getLatestCheckpointSequenceNumber: v.strictTuple([]),
  iota_getCheckpoint: v.strictTuple([number]),
  iotax_getReferenceGasPrice: v.strictTuple([]),
  iotax_getBalance: v.strictTuple([addressSchema]),
  iotax_getAllBalances: v.strictTuple([addressSchema]),
  iotax_getCoins: v.strictTuple([addressSchema, v.null(), cursor, limit]),
  iotax_getCoinMetadata: v.strictTuple([type]),
  iota_getObject: v.strictTuple([addressSchema, flags]),
  iota_multiGetObjects: v.strictTuple([v.pipe(v.array(addressSchema), v.maxLength(MAX_IDS)), flags]),
  iota_multiGetTransactionBlocks: v.strictTuple([v.pipe(v.array(digestSchema), v.maxLength(MAX_IDS)), flags]),
  iota_getTransactionBlock: v.strictTuple([digestSchema, flags]),
  iotax_queryTransactionBlocks: v.strictTuple([
    v.strictObject({ filter: transactionFilter, options: flags }),
    cursor,
    limit,
    order,
  ]),
  iotax_queryEvents: v.strictTuple([eventFilter, eventCursor, limit, order]),
  iota_getEvents: v.strictTuple([digestSchema]),
  iota_dryRunTransactionBlock: v.strictTuple([transactionText]),
}

const answerSchema = v.union([
  v.object({ error: v.object({ code: v.pipe(v.number(), v.integer()), message: v.string() }) }),
  v.object({ result: v.unknown() }),
])
const trialSchema = v.object({
  ...dryRunSchema.entries,
  balanceChanges: v.array(
    v.object({ owner: v.unknown(), coinType: v.string(), amount: v.pipe(v.string(), v.regex(/^-?\d{1,20}$/)) }),
  ),
})
const IOTA_TYPE = /^0x0*2::iota::IOTA$/
const MAX_MESSAGE = 300

/** The gate to a ledger over JSON-RPC. Throws `invalid_params` for a URL that is none. */
export function createLedgerGate(options: { url: string; clock: Clock; timeoutMs?: number }): LedgerGate {
  const { url, clock, timeoutMs } = options
  if (!URL.canParse(url)) throw new ParleyError('invalid_params', "The ledger's address must be a URL.")
  const http = new JsonHttp(clock, timeoutMs)
  const call = async (method: string, params: unknown) => {
    const { body } = await http.request(url, { jsonrpc: '2.0', id: 1, method, params })
    const answer = v.safeParse(answerSchema, body)
    if (!answer.success) throw new ParleyError('ledger_unreachable', "The node's ledger gave an answer that is none.")
    if (!('error' in answer.output)) return answer.output
    const { code, message } = answer.output.error
    return { error: { code, message: message.slice(0, MAX_MESSAGE) } }
  }
  return {
    ask: async (method, params) => {
      const schema = Object.hasOwn(questions, method) ? questions[method] : undefined
      if (!schema) throw new ParleyError('not_supported', 'This question is not passed on to the ledger.')
      if (!v.is(schema, params)) throw new ParleyError('invalid_params', 'The question to the ledger is malformed.')
      return call(method, params)
    },
    submit: (bytes, signature) => {
      const params = [toBase64(bytes), [toBase64(signature)], { showEffects: true }, 'WaitForLocalExecution']
      return call(EXECUTE_METHOD, params)
    },
    gain: async (bytes, address) => {
      const answer = await call('iota_dryRunTransactionBlock', [toBase64(bytes)])
      const trial = v.safeParse(trialSchema, 'result' in answer ? answer.result : undefined)
      if (!trial.success || trial.output.effects.status.status !== 'success') return undefined
      return trial.output.balanceChanges
        .filter(({ owner, coinType }) => IOTA_TYPE.test(coinType) && ownerOf(owner) === address)
        .reduce((sum, { amount }) => sum + BigInt(amount), 0n)
    },
    close: () => http.close(),
  }
}

function ownerOf(owner: unknown): string | undefined {
  const parsed = v.safeParse(v.object({ AddressOwner: addressSchema }), owner)
  return parsed.success ? parsed.output.AddressOwner : undefined
}
