import { GENESIS_NANOS } from '../chain.ts'
import type { LocalNode } from '../node.ts'
import { coinValue, IOTA_TYPE, isGasCoin, type LedgerObject } from '../objects/index.ts'
import { invalidParams } from './errors.ts'
import { method, type Method } from './method.ts'
import { coinView } from './object-view.ts'
import { firstIndex, type Page, page, pageSize } from './page.ts'
import { coinTypeParam, coinTypeTextParam, cursorParam, idParam, limitParam } from './params.ts'

const METADATA = {
  decimals: 9,
  name: 'IOTA (local)',
  symbol: 'IOTA',
  description: 'Token of a local ledger. It has no value.',
  iconUrl: null,
  id: null,
}

export const coinMethods: Record<string, Method> = {
  iotax_getCoins: method([idParam, coinTypeParam, cursorParam, limitParam], (node, owner, isIota, cursor, limit) =>
    isIota ? coinPage(node, owner, cursor, limit) : { data: [], nextCursor: null, hasNextPage: false },
  ),
  iotax_getAllCoins: method([idParam, cursorParam, limitParam], coinPage),
  iotax_getBalance: method([idParam, coinTypeParam], (node, owner, isIota) =>
    isIota ? balanceOf(node, owner) : { coinType: IOTA_TYPE, coinObjectCount: 0, totalBalance: '0' },
  ),
  iotax_getAllBalances: method([idParam], (node, owner) => {
    const balance = balanceOf(node, owner)
    return balance.coinObjectCount > 0 ? [balance] : []
  }),
  iotax_getCoinMetadata: method([coinTypeParam], (_node, isIota) => (isIota ? METADATA : null)),
  iotax_getTotalSupply: method([coinTypeTextParam], (_node, type) => {
    if (!/^0x0*2::iota::IOTA$/.test(type)) throw invalidParams('Invalid params: unknown coin type')
    return { value: GENESIS_NANOS.toString() }
  }),
}

function coinsOf(node: LocalNode, owner: string): LedgerObject[] {
  return node.chain.objects.ownedBy(owner).filter(isGasCoin)
}

function coinPage(
  node: LocalNode,
  owner: string,
  cursor: string | null | undefined,
  limit: number | null | undefined,
): Page<object> {
  const coins = coinsOf(node, owner)
  const start = cursor == null ? 0 : firstIndex(coins.length, (index) => (coins[index]?.id ?? '') > cursor)
  const { data, ...rest } = page(coins, start, pageSize(limit), ({ id }) => id)
  return { data: data.map(coinView), ...rest }
}

function balanceOf(node: LocalNode, owner: string) {
  const coins = coinsOf(node, owner)
  const nanos = coins.reduce((sum, coin) => sum + coinValue(coin), 0n)
  return { coinType: IOTA_TYPE, coinObjectCount: coins.length, totalBalance: nanos.toString() }
}
