import { bcs } from '@iota/iota-sdk/bcs'
import { equal } from '../../../base/index.ts'
import { transactionDigest } from '../objects/index.ts'
import { MAX_GAS_BUDGET, MAX_TRANSACTION_BYTES, MAX_TYPE_DEPTH } from './constants.ts'
import { InvalidTransaction, MalformedTransaction, NotSupported } from './errors.ts'

type TransactionDataV1 = NonNullable<ReturnType<typeof bcs.TransactionData.parse>['V1']>
export type Command = ReturnType<typeof bcs.Command.parse>
export type Argument = ReturnType<typeof bcs.Argument.parse>
export type CallInput = ReturnType<typeof bcs.CallArg.parse>
export type ObjectRef = ReturnType<typeof bcs.IotaObjectRef.parse>
export type SharedRef = ReturnType<typeof bcs.SharedObjectRef.parse>

/** A decoded programmable transaction; `bytes` are the signed ones. */
export interface LedgerTransaction {
  digest: string
  bytes: Uint8Array
  sender: string
  gas: { owner: string; payment: ObjectRef[]; price: bigint; budget: bigint }
  /** Last epoch in which it may run. */
  expiration: bigint | undefined
  inputs: CallInput[]
  commands: Command[]
  data: TransactionDataV1
}

/** Decodes TransactionData. Throws MalformedTransaction for bytes that are not its one canonical form. */
export function decodeTransaction(bytes: Uint8Array): LedgerTransaction {
  if (bytes.length > MAX_TRANSACTION_BYTES)
    throw new InvalidTransaction(`Size limit exceeded: serialized transaction size exceeded ${MAX_TRANSACTION_BYTES}`)
  const data = parse(bytes)
  const kind = data.kind.ProgrammableTransaction
  if (!kind) throw new NotSupported('A system transaction')
  const epoch = data.expiration.Epoch
  return {
    digest: transactionDigest(bytes),
    bytes,
    sender: data.sender,
    gas: {
      owner: data.gasData.owner,
      payment: data.gasData.payment,
      price: BigInt(data.gasData.price),
      budget: BigInt(data.gasData.budget),
    },
    expiration: epoch === undefined || epoch === null ? undefined : BigInt(epoch),
    inputs: kind.inputs,
    commands: kind.commands,
    data,
  }
}

/** A transaction of commands that nobody signed or pays for. `kind` is BCS of TransactionKind. Throws as above. */
export function decodeUnsigned(sender: string, kind: Uint8Array, gasPrice: bigint): LedgerTransaction {
  if (kind.length > MAX_TRANSACTION_BYTES) throw new MalformedTransaction('TransactionKind is too long')
  let parsed: ReturnType<typeof bcs.TransactionKind.parse>
  try {
    parsed = bcs.TransactionKind.parse(kind)
    checkTypes(parsed.ProgrammableTransaction?.commands)
  } catch (cause) {
    if (cause instanceof InvalidTransaction) throw cause
    throw new MalformedTransaction('cannot decode TransactionKind', { cause })
  }
  const gasData = { payment: [], owner: sender, price: gasPrice, budget: MAX_GAS_BUDGET }
  const data = { V1: { kind: parsed, sender, gasData, expiration: { None: true as const } } }
  return decodeTransaction(bcs.TransactionData.serialize(data, { maxSize: MAX_TRANSACTION_BYTES }).toBytes())
}

function parse(bytes: Uint8Array): TransactionDataV1 {
  let decoded: ReturnType<typeof bcs.TransactionData.parse>
  let again: Uint8Array
  try {
    decoded = bcs.TransactionData.parse(bytes)
    checkTypes(decoded.V1?.kind.ProgrammableTransaction?.commands)
    again = bcs.TransactionData.serialize(decoded, { initialSize: bytes.length + 64 }).toBytes()
  } catch (cause) {
    if (cause instanceof InvalidTransaction) throw cause
    throw new MalformedTransaction('cannot decode TransactionData', { cause })
  }
  if (!decoded.V1 || !equal(again, bytes)) throw new MalformedTransaction('TransactionData is not in canonical form')
  return decoded.V1
}

/** Types that are nested deeper than a node allows would take seconds to write again. */
function checkTypes(commands: Command[] = []): void {
  for (const { MoveCall, MakeMoveVec } of commands)
    for (const type of MoveCall?.typeArguments ?? [MakeMoveVec?.type ?? ''])
      if (depthOf(type) > MAX_TYPE_DEPTH)
        throw new InvalidTransaction(`Size limit exceeded: maximum type argument depth is ${MAX_TYPE_DEPTH}`)
}

function depthOf(type: string): number {
  let depth = 0
  let deepest = 0
  for (const mark of type) {
    if (mark === '<') deepest = Math.max(deepest, ++depth)
    else if (mark === '>') depth--
  }
  return deepest
}
