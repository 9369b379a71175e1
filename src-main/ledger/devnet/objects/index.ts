/**
 * What the ledger holds: objects with ids, digests and sizes exactly as on the IOTA networks.
 *
 *   const coin = sealObject({ id, type: { GasCoin: true }, version: 1n, contents: coinContents(id, nanos), … })
 *   table.put(coin)
 *   const storageDeposit = gasSize(coin) * NANOS_PER_STORED_BYTE
 */
export { coinContents, coinValue, IOTA_TYPE, isCoin, isGasCoin, sameCoinType } from './coin.ts'
export { gasSize, objectDigest, sealObject } from './codec.ts'
export { canonicalType, coinTypeOf, moveTypeOf, objectTypeOf, shownType, structTagOf } from './move-type.ts'
export { Address, Digest, digestBytes, digestText, OwnerSchema } from './digest.ts'
export { derivedId, transactionDigest, typedHash } from './ids.ts'
export { decodePackage, encodePackage, type PackageContents } from './package.ts'
export { ObjectTable } from './object-table.ts'
export { type LedgerObject, type ObjectFields, type ObjectType, type Owner, ownerAddress } from './types.ts'
