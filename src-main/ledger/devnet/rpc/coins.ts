import type { LocalNode } from '../node.ts'
import { canonicalType, coinTypeOf, coinValue, IOTA_TYPE, type LedgerObject, shownType } from '../objects/index.ts'
import { invalidParams } from './errors.ts'
import { method, type MethodTable } from './method.ts'
import { coinView } from './object-view.ts'
import { idPage, type Page } from './page.ts'
import { coinTypeParam, idCursorParam, idParam, limitParam, typeParam } from './params.ts'

const FULL_IOTA_TYPE = canonicalType(IOTA_TYPE)
const METADATA = {
  decimals: 9,
  name: 'IOTA (local)',
  symbol: 'IOTA',
  description: 'Token of a local ledger. It has no value.',
  iconUrl: null,
  id: null,
}

export const coinMethods: MethodTable = {
  iotax_getCoins: method([idParam, coinTypeParam, idCursorParam, limitParam], (node, owner, type, cursor, limit) =>
    coinPage(coinsOf(node, owner, type), cursor, limit),
  ),
  iotax_getAllCoins: method([idParam, idCursorParam, limitParam], (node, owner, cursor, limit) =>
    coinPage(coinsOf(node, owner), cursor, limit),
  ),
  iotax_getBalance: method([idParam, coinTypeParam], (node, owner, type) =>
    balanceOf(type, coinsOf(node, owner, type)),
  ),
  iotax_getAllBalances: method([idParam], (node, owner) => {
    const coins = Map.groupBy(coinsOf(node, owner), (coin) => coinTypeOf(coin) ?? '')
    return [...coins].map(([type, those]) => balanceOf(type, those))
  }),
  iotax_getCoinMetadata: method([coinTypeParam], (_node, type) => (type === FULL_IOTA_TYPE ? METADATA : null)),
  iotax_getTotalSupply: method([typeParam], (node, type) => {
    if (type !== FULL_IOTA_TYPE) throw invalidParams(`Cannot find object with type TreasuryCap<${shownType(type)}>`)
    return { value: node.chain.supply.toString() }
  }),
  iotax_getCirculatingSupply: method([], (node) => ({
    value: node.chain.supply.toString(),
    circulatingSupplyPercentage: 1,
    atCheckpoint: String(node.chain.height),
  })),
}

/** The coins of an address in order of their ids; of every type without one. */
function coinsOf(node: LocalNode, owner: string, type?: string): LedgerObject[] {
  return node.chain.objects.ownedBy(owner).filter((object) => {
    const each = coinTypeOf(object)
    return each !== undefined && (type === undefined || each === type)
  })
}

function coinPage(
  coins: LedgerObject[],
  cursor: string | null | undefined,
  limit: number | null | undefined,
): Page<object> {
  const { data, ...rest } = idPage(coins, cursor, limit)
  return { data: data.map(coinView), ...rest }
}

function balanceOf(type: string, coins: LedgerObject[]): object {
  const sum = coins.reduce((total, coin) => total + coinValue(coin), 0n)
  return { coinType: shownType(type), coinObjectCount: coins.length, totalBalance: sum.toString() }
}
