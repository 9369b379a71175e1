import { bcs } from '@iota/iota-sdk/bcs'
import { toBase64 } from '@iota/bcs'
import { fromHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { MIN_STAKE, type NodeProfile, type RecordChange, type RegisterRequest } from '../registry.ts'
import type { RegistryTransaction } from '../registry.ts'
import { chooseCoins, type CoinChoice, coinsOf, sumOf, together } from './coins.ts'
import {
  BUDGET_MARGIN,
  CODE_NO_TRIAL,
  CODE_REFUSED,
  LEAST_GAS_UNITS,
  MAX_GAS_BUDGET,
  MAX_GAS_COINS,
} from './constants.ts'
import { feeOf } from './outcome.ts'
import { type Argument, Program } from './program.ts'
import { LedgerRefusal, type RpcClient } from './rpc-client.ts'
import { dryRunSchema, u64Schema } from './schemas.ts'
import { transactionDigest } from './transfer.ts'

/** A record with four longest endpoints costs 0.012 IOTA of deposit; gas is a tenth of that. */
const MOST_FEE = 50_000_000n

/** One call of the module, and who pays for it. */
export type RegistryCall = { packageId: string; sender: string } & (
  { kind: 'register'; request: RegisterRequest } | RecordChange
)

/** Chooses coins, lets the ledger try it, and gives the transaction with its fee. */
export async function prepareCall(rpc: RpcClient, call: RegistryCall): Promise<RegistryTransaction> {
  const stake = call.kind === 'register' ? call.request.stake : 0n
  if (call.kind === 'register' && stake < MIN_STAKE)
    throw new ParleyError('invalid_params', 'The stake of a node is at least 1 IOTA.')
  const [gasPrice, all] = await Promise.all([
    rpc.call('iotax_getReferenceGasPrice', [], u64Schema),
    coinsOf(rpc, call.sender),
  ])
  const leastBudget = LEAST_GAS_UNITS * gasPrice
  const coins = together(chooseCoins(all, stake + MOST_FEE, stake + leastBudget, 1).slice(0, MAX_GAS_COINS))
  const spare = least(sumOf(coins.gas) - stake, MAX_GAS_BUDGET)
  if (spare < leastBudget) throw tooLittle()
  const fee = await tryOut(rpc, callBytes(call, coins, gasPrice, spare))
  const cost = fee.burned + fee.deposit
  // Computation is paid before the deposit of a deleted object comes back.
  const needed = [cost, fee.burned, leastBudget].reduce((most, each) => (each > most ? each : most))
  if (needed > spare) throw tooLittle()
  const bytes = callBytes(call, coins, gasPrice, least(needed + BUDGET_MARGIN, spare))
  return { bytes, digest: transactionDigest(bytes), fee }
}

async function tryOut(rpc: RpcClient, bytes: Uint8Array) {
  try {
    const { effects } = await rpc.call('iota_dryRunTransactionBlock', [toBase64(bytes)], dryRunSchema)
    if (effects.status.status === 'success') return feeOf(effects)
    const cause = new Error(effects.status.error?.slice(0, 300) ?? '')
    // The commands have two ways to fail: too little in the coins, or the module says no.
    if (/^Insufficient(Gas|CoinBalance)/.test(cause.message)) throw tooLittle(cause)
    throw new ParleyError('conflict', 'The registry refuses this.', { cause })
  } catch (cause) {
    if (!(cause instanceof LedgerRefusal) || ![CODE_REFUSED, CODE_NO_TRIAL].includes(cause.code)) throw cause
    throw new ParleyError('conflict', 'The coins or the record have just changed; please try again.', { cause })
  }
}

/** BCS of TransactionData. */
function callBytes(call: RegistryCall, coins: CoinChoice, gasPrice: bigint, budget: bigint): Uint8Array<ArrayBuffer> {
  const program = new Program(call.packageId, 'registry')
  if (call.kind === 'register') register(program, call.request)
  else change(program, call)
  return program.data(call.sender, coins.gas, gasPrice, budget)
}

function register(program: Program, { nodeKey, profile, proof, stake }: RegisterRequest): void {
  const coin = program.split(stake)
  const made = profileOf(program, profile)
  program.call('register', [program.bytes(nodeKey), made, program.bytes(proof), coin])
}

function change(program: Program, wanted: RecordChange): void {
  const record = program.shared(wanted.record.object, wanted.record.sharedAt)
  if (wanted.kind === 'renew') program.call('renew', [record, profileOf(program, wanted.profile)])
  else program.call(wanted.kind, [record])
}

function profileOf(program: Program, { endpoints, fingerprint, roles, prices, version }: NodeProfile): Argument {
  const { relayedMb, storedMbDay, forwardedTransaction } = prices
  const made = program.call(
    'prices',
    [relayedMb, storedMbDay, forwardedTransaction].map((each) => program.u64(each)),
  )
  const texts = program.pure(
    bcs
      .vector(bcs.string())
      .serialize([...endpoints])
      .toBytes(),
  )
  return program.call('profile', [
    texts,
    program.bytes(fromHex(fingerprint)),
    program.u64(roles),
    made,
    program.u64(version),
  ])
}

function least(first: bigint, second: bigint): bigint {
  return first < second ? first : second
}

function tooLittle(cause?: Error): ParleyError {
  return new ParleyError('insufficient_funds', 'The balance is too small for the stake and the fee.', { cause })
}
