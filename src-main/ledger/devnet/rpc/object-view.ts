import { toBase64 } from '@iota/bcs'
import { coinValue, IOTA_COIN_TYPE, IOTA_TYPE, isGasCoin, type LedgerObject } from '../objects/index.ts'
import type { ObjectOptions } from './params.ts'

/** An object as `iota_getObject` shows it. */
export function objectView(object: LedgerObject, options: ObjectOptions): object {
  const type = typeText(object)
  const version = object.version.toString()
  const move = { dataType: 'moveObject', type }
  return {
    objectId: object.id,
    version,
    digest: object.digest,
    ...(options?.showType ? { type } : {}),
    ...(options?.showOwner ? { owner: object.owner } : {}),
    ...(options?.showPreviousTransaction ? { previousTransaction: object.previousTransaction } : {}),
    ...(options?.showStorageRebate ? { storageRebate: object.storageRebate.toString() } : {}),
    ...(options?.showContent
      ? { content: { ...move, fields: { balance: coinValue(object).toString(), id: { id: object.id } } } }
      : {}),
    ...(options?.showBcs ? { bcs: { ...move, version, bcsBytes: toBase64(object.contents) } } : {}),
  }
}

/** A coin as `iotax_getCoins` shows it. */
export function coinView(coin: LedgerObject): object {
  return {
    coinType: IOTA_TYPE,
    coinObjectId: coin.id,
    version: coin.version.toString(),
    digest: coin.digest,
    balance: coinValue(coin).toString(),
    previousTransaction: coin.previousTransaction,
  }
}

export function typeText(object: LedgerObject): string {
  if (!isGasCoin(object)) throw new Error('only IOTA coins exist before Move does')
  return IOTA_COIN_TYPE
}
