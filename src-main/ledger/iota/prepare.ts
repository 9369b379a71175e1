import { ParleyError } from '../../contract/index.ts'
import type { CoinRef, RelayOutput, TransferRequest, UnsignedTransfer } from '../port.ts'
import { chooseCoins, coinsOf, everyCoin, freeOf, sharedCoins, together } from './coins.ts'
import {
  BUDGET_MARGIN,
  CODE_NO_TRIAL,
  CODE_REFUSED,
  COIN_DEPOSIT,
  LEAST_GAS_UNITS,
  MAX_COINS,
  MAX_MEMO_BYTES,
} from './constants.ts'
import { prepareMerge } from './merge.ts'
import { LedgerRefusal, type RpcClient } from './rpc-client.ts'
import { u64Schema } from './schemas.ts'
import { simulate } from './simulate.ts'

const ADDRESS = /^0x[0-9a-f]{64}$/
const MAX_U64 = 2n ** 64n - 1n
/** A coin can change between reading and simulating it; with fresh coins the second try meets no such luck. */
const ATTEMPTS = 2

/** Chooses coins, simulates, and gives the transfer with the fee that it will cost. */
export async function prepareTransfer(
  rpc: RpcClient,
  request: TransferRequest,
  relay?: RelayOutput,
): Promise<UnsignedTransfer> {
  checkRequest(request)
  for (let attempt = 1; ; attempt++) {
    try {
      return await prepareOnce(rpc, request, relay)
    } catch (error) {
      if (!(error instanceof LedgerRefusal) || ![CODE_REFUSED, CODE_NO_TRIAL].includes(error.code)) throw error
      if (attempt < ATTEMPTS) continue
      const message = 'The coins of this account are changing. Nothing was sent; please try again.'
      throw new ParleyError('conflict', message, { reason: 'coins_changed', cause: error })
    }
  }
}

async function prepareOnce(rpc: RpcClient, request: TransferRequest, relay?: RelayOutput): Promise<UnsignedTransfer> {
  const { from, all, contended, reserved = new Set() } = request
  const [gasPrice, coins] = await Promise.all([
    rpc.call('iotax_getReferenceGasPrice', [], u64Schema),
    coinsOf(rpc, from),
  ])
  const nanos = all ? undefined : request.nanos
  const leastBudget = LEAST_GAS_UNITS * gasPrice
  const shared = contended ? sharedCoins(coins, reserved).length : 0
  const choose = (free: readonly CoinRef[]): CoinRef[] => {
    if (nanos === undefined) return everyCoin(free)
    const least = nanos + (relay?.nanos ?? 0n) + leastBudget
    return chooseCoins(free, least + (relay ? 3n : 2n) * COIN_DEPOSIT + BUDGET_MARGIN, least, shared)
  }
  const free = freeOf(coins, reserved)
  const chosen = choose(free)
  const fields = { ...request, nanos, gasPrice, relay }
  if (request.merge && chosen.length > MAX_COINS) return prepareMerge(rpc, fields, free, choose)
  return simulate(rpc, { ...fields, coins: together(chosen) })
}

function checkRequest({ from, to, nanos, all, memo }: TransferRequest): void {
  if (memo && (memo.length === 0 || memo.length > MAX_MEMO_BYTES))
    throw new ParleyError('too_large', `A memo has 1 to ${MAX_MEMO_BYTES} bytes.`)
  if (!ADDRESS.test(from) || !ADDRESS.test(to))
    throw new ParleyError('invalid_params', 'An address is 0x and 64 hexadecimal digits.')
  if (!all && (nanos < 1n || nanos > MAX_U64))
    throw new ParleyError('invalid_params', 'The amount must be at least 1 NANO and no more than there is.')
}
