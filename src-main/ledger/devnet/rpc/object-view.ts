import { toBase64 } from '@iota/bcs'
import type { LocalNode } from '../node.ts'
import { coinTypeOf, coinValue, type LedgerObject, type Owner, shownType } from '../objects/index.ts'
import { fieldsOf, packageBcs, packageContent, shownTypeOf } from './move-view.ts'
import type { ObjectOptions } from './params.ts'

/** An object as `iota_getObject` shows it. */
export function objectView(node: LocalNode, object: LedgerObject, options: ObjectOptions): object {
  return {
    objectId: object.id,
    version: object.version.toString(),
    digest: object.digest,
    ...(options?.showType ? { type: shownTypeOf(object) } : {}),
    ...(options?.showOwner ? { owner: ownerView(object.owner) } : {}),
    ...(options?.showPreviousTransaction ? { previousTransaction: object.previousTransaction } : {}),
    ...(options?.showStorageRebate ? { storageRebate: object.storageRebate.toString() } : {}),
    ...(options?.showDisplay ? { display: { data: null, error: null } } : {}),
    ...(options?.showContent ? { content: contentView(node, object) } : {}),
    ...(options?.showBcs ? { bcs: bcsView(object) } : {}),
  }
}

/** A coin as `iotax_getCoins` shows it. */
export function coinView(coin: LedgerObject): object {
  return {
    coinType: shownType(coinTypeOf(coin) ?? ''),
    coinObjectId: coin.id,
    version: coin.version.toString(),
    digest: coin.digest,
    balance: coinValue(coin).toString(),
    previousTransaction: coin.previousTransaction,
  }
}

export function ownerView(owner: Owner): object | string {
  if ('Immutable' in owner) return 'Immutable'
  if (!('Shared' in owner)) return owner
  return { Shared: { initial_shared_version: Number(owner.Shared.initialSharedVersion) } }
}

function contentView(node: LocalNode, object: LedgerObject): object {
  if ('Package' in object.type) return packageContent(object)
  return { dataType: 'moveObject', type: shownTypeOf(object), fields: fieldsOf(node, object) }
}

function bcsView(object: LedgerObject): object {
  if ('Package' in object.type) return packageBcs(object)
  const version = object.version.toString()
  return { dataType: 'moveObject', type: shownTypeOf(object), version, bcsBytes: toBase64(object.contents) }
}
