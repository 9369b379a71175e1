import { toBase64 } from '@iota/bcs'
import { ParleyError } from '../../contract/index.ts'
import type { TransferRequest, UnsignedTransfer } from '../port.ts'
import { chooseCoins, type CoinChoice, everyCoin, freeCoins } from './coins.ts'
import {
  BUDGET_MARGIN,
  CODE_NO_TRIAL,
  CODE_REFUSED,
  COIN_DEPOSIT,
  LEAST_GAS_UNITS,
  MAX_GAS_BUDGET,
  MAX_MEMO_BYTES,
} from './constants.ts'
import { feeOf } from './outcome.ts'
import { LedgerRefusal, type RpcClient } from './rpc-client.ts'
import { dryRunSchema, type Effects, u64Schema } from './schemas.ts'
import { transactionDigest, transferBytes } from './transfer.ts'

const ADDRESS = /^0x[0-9a-f]{64}$/
const MAX_U64 = 2n ** 64n - 1n
/** A coin can change between reading and simulating it; with fresh coins the second try meets no such luck. */
const ATTEMPTS = 2

/** Chooses coins, simulates, and gives the transfer with the fee that it will cost. */
export async function prepareTransfer(rpc: RpcClient, request: TransferRequest): Promise<UnsignedTransfer> {
  checkRequest(request)
  for (let attempt = 1; ; attempt++) {
    try {
      return await prepareOnce(rpc, request)
    } catch (error) {
      if (!(error instanceof LedgerRefusal) || ![CODE_REFUSED, CODE_NO_TRIAL].includes(error.code)) throw error
      if (attempt < ATTEMPTS) continue
      const message = 'The coins of this account are changing. Nothing was sent; please try again.'
      throw new ParleyError('conflict', message, { reason: 'coins_changed', cause: error })
    }
  }
}

async function prepareOnce(rpc: RpcClient, request: TransferRequest): Promise<UnsignedTransfer> {
  const { from, to, all } = request
  const nanos = all ? undefined : request.nanos
  const [gasPrice, free] = await Promise.all([
    rpc.call('iotax_getReferenceGasPrice', [], u64Schema),
    freeCoins(rpc, from, request.reserved ?? new Set()),
  ])
  const leastBudget = LEAST_GAS_UNITS * gasPrice
  const coins =
    nanos === undefined
      ? everyCoin(free)
      : chooseCoins(free, nanos + leastBudget + 2n * COIN_DEPOSIT + BUDGET_MARGIN, nanos + leastBudget)
  const fields = { from, to, nanos, coins, gasPrice, memo: request.memo }
  const spare = least(coins.sum - (nanos ?? 0n), gasBalance(coins), MAX_GAS_BUDGET)
  const { effects } = await rpc.call(
    'iota_dryRunTransactionBlock',
    [toBase64(transferBytes({ ...fields, gasBudget: spare }))],
    dryRunSchema,
  )
  if (effects.status.status === 'failure') throw shortOfFunds(effects.status.error)
  const { fee, gasBudget } = budgetFor(effects, leastBudget, spare)
  const bytes = transferBytes({ ...fields, gasBudget })
  const net = fee.burned + fee.deposit
  const arriving = nanos ?? coins.sum - net
  if (arriving < 1n) throw shortOfFunds('the fee takes all there is')
  const used = [...coins.gas, ...coins.merged].map(({ objectId, version }) => `${objectId}@${version}`)
  return { bytes, digest: transactionDigest(bytes), fee, nanos: arriving, total: arriving + net, coins: used }
}

/** The simulated fee and a little more, as far as the coins allow. */
function budgetFor(effects: Effects, leastBudget: bigint, spare: bigint) {
  const fee = feeOf(effects)
  const net = fee.burned + fee.deposit
  const needed = net > leastBudget ? net : leastBudget
  if (needed > spare) throw shortOfFunds('the fee is above what is left')
  return { fee, gasBudget: least(needed + BUDGET_MARGIN, spare) }
}

function checkRequest({ from, to, nanos, all, memo }: TransferRequest): void {
  if (memo && (memo.length === 0 || memo.length > MAX_MEMO_BYTES))
    throw new ParleyError('too_large', `A memo has 1 to ${MAX_MEMO_BYTES} bytes.`)
  if (!ADDRESS.test(from) || !ADDRESS.test(to))
    throw new ParleyError('invalid_params', 'An address is 0x and 64 hexadecimal digits.')
  if (!all && (nanos < 1n || nanos > MAX_U64))
    throw new ParleyError('invalid_params', 'The amount must be at least 1 NANO and no more than there is.')
}

/** A transfer's simulation has no other way to fail than too little in the coins. */
function shortOfFunds(reason: string): ParleyError {
  const message = 'The balance is too small for this amount and its fee.'
  return new ParleyError('insufficient_funds', message, { cause: new Error(reason.slice(0, 300)) })
}

function gasBalance({ gas }: CoinChoice): bigint {
  return gas.reduce((sum, { balance }) => sum + balance, 0n)
}

function least(first: bigint, ...others: bigint[]): bigint {
  return others.reduce((smallest, value) => (value < smallest ? value : smallest), first)
}
