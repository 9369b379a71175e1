import { toBase64 } from '@iota/bcs'
import { ParleyError } from '../../contract/index.ts'
import type { RelayOutput, UnsignedTransfer } from '../port.ts'
import { chooseCoins, coinsOf, freeOf, sumOf } from './coins.ts'
import {
  BUDGET_MARGIN,
  CODE_NO_TRIAL,
  CODE_REFUSED,
  LEAST_GAS_UNITS,
  MAX_GAS_BUDGET,
  MAX_GAS_COINS,
} from './constants.ts'
import { feeOf } from './outcome.ts'
import type { Program } from './program.ts'
import { LedgerRefusal, type RpcClient } from './rpc-client.ts'
import { dryRunSchema, type Effects, u64Schema } from './schemas.ts'
import { transactionDigest } from './transfer.ts'

/** A channel's deposit is 0.01 IOTA, that of a node's record with four longest endpoints 0.012; gas is a tenth of that. */
const MOST_FEE = 50_000_000n

export interface ProgramRequest {
  from: string
  /** NANOS that the program takes off the gas coin. */
  nanos: bigint
  program: Program
  reserved?: ReadonlySet<string> | undefined
  /** For whoever forwards the transaction; taken off too. */
  relay: RelayOutput | undefined
  /** What the module's refusal means for a person. */
  refused: string
}

/** A program's transaction, with the NANOS that the account had when its coins were chosen. */
export interface PreparedProgram extends UnsignedTransfer {
  held: bigint
}

/** Chooses coins, lets the ledger try the program, and gives it with its fee. */
export async function prepareProgram(rpc: RpcClient, request: ProgramRequest): Promise<PreparedProgram> {
  const { from, program, relay } = request
  const { gas, price, spare, taken, leastBudget, held } = await fundsFor(rpc, request)
  const fee = await tryOut(rpc, program.data(from, gas, price, spare), request.refused)
  // Computation is paid before the deposit of a deleted object comes back.
  const needed = most(fee.burned + fee.deposit, fee.burned, leastBudget)
  if (needed > spare) throw tooLittle()
  const bytes = program.data(from, gas, price, least(needed + BUDGET_MARGIN, spare))
  return {
    bytes,
    digest: transactionDigest(bytes),
    fee: { ...fee, relay: relay?.nanos ?? 0n },
    nanos: request.nanos,
    held,
    total: taken + fee.burned + fee.deposit,
    coins: gas.map(({ objectId, version }) => `${objectId}@${version}`),
  }
}

/** NANOS that the ledger burns for a program until the module refuses it. Throws `insufficient_funds`. */
export async function burnedUntilRefused(rpc: RpcClient, request: ProgramRequest): Promise<bigint> {
  const { gas, price, spare } = await fundsFor(rpc, request)
  const { status, gasUsed } = await dryRun(rpc, request.program.data(request.from, gas, price, spare))
  if (status.status === 'failure' && isTooLittle(status.error)) throw tooLittle()
  return gasUsed.computationCost
}

/** Coins for what the program takes and for its gas; `spare`: what of them gas may take. */
async function fundsFor(rpc: RpcClient, { from, nanos, program, relay, reserved = new Set() }: ProgramRequest) {
  if (relay) program.transfer(program.split(relay.nanos), relay.to)
  const taken = nanos + (relay?.nanos ?? 0n)
  const [price, all] = await Promise.all([rpc.call('iotax_getReferenceGasPrice', [], u64Schema), coinsOf(rpc, from)])
  const leastBudget = LEAST_GAS_UNITS * price
  const chosen = chooseCoins(freeOf(all, reserved), taken + MOST_FEE, taken + leastBudget, 1)
  const gas = chosen.slice(0, MAX_GAS_COINS)
  const spare = least(sumOf(gas) - taken, MAX_GAS_BUDGET)
  if (spare < leastBudget) throw tooLittle()
  return { gas, price, spare, taken, leastBudget, held: sumOf(all) }
}

async function tryOut(rpc: RpcClient, bytes: Uint8Array, refused: string) {
  const effects = await dryRun(rpc, bytes)
  if (effects.status.status === 'success') return feeOf(effects)
  const cause = new Error(effects.status.error?.slice(0, 300) ?? '')
  if (isTooLittle(cause.message)) throw tooLittle(cause)
  throw new ParleyError('conflict', refused, { reason: 'refused', cause })
}

/** The commands have two ways to fail: too little in the coins, or the module says no. */
function isTooLittle(error = ''): boolean {
  return /^Insufficient(Gas|CoinBalance)/.test(error)
}

async function dryRun(rpc: RpcClient, bytes: Uint8Array): Promise<Effects> {
  try {
    return (await rpc.call('iota_dryRunTransactionBlock', [toBase64(bytes)], dryRunSchema)).effects
  } catch (cause) {
    if (!(cause instanceof LedgerRefusal) || ![CODE_REFUSED, CODE_NO_TRIAL].includes(cause.code)) throw cause
    const message = 'The coins of this account are changing. Nothing was sent; please try again.'
    throw new ParleyError('conflict', message, { reason: 'coins_changed', cause })
  }
}

function least(first: bigint, second: bigint): bigint {
  return first < second ? first : second
}

function most(...values: bigint[]): bigint {
  return values.reduce((largest, each) => (each > largest ? each : largest))
}

function tooLittle(cause?: Error): ParleyError {
  return new ParleyError('insufficient_funds', 'The balance is too small for this amount and its fee.', { cause })
}
