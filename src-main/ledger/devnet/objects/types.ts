/** Who may use an object. */
export type Owner =
  | { AddressOwner: string }
  | { ObjectOwner: string }
  | { Shared: { initialSharedVersion: string } }
  | { Immutable: true }

/** A Move struct tag in the shape of the BCS schema; `typeParams` are inner type tags. */
export interface StructType {
  address: string
  module: string
  name: string
  typeParams: unknown[]
}

/**
 * The compressed type of an object as the ledger stores it: a gas coin is one byte. `Package` is not a type on the ledger,
 * but stands here for what is no Move object at all.
 */
export type ObjectType =
  { GasCoin: true } | { StakedIota: true } | { Coin: string } | { Other: StructType } | { Package: true }

/** What an object's digest covers (its id stands in `contents`). */
export interface ObjectFields {
  /** `0x` and 64 hex digits; the first 32 bytes of `contents`. */
  id: string
  type: ObjectType
  version: bigint
  /** BCS of the Move struct; of a package, of its MovePackage. */
  contents: Uint8Array
  owner: Owner
  /** base58 digest of the transaction that wrote it. */
  previousTransaction: string
  /** NANOS that come back when it is deleted. */
  storageRebate: bigint
}

export interface LedgerObject extends ObjectFields {
  /** base58. */
  digest: string
}

export function ownerAddress(owner: Owner): string | undefined {
  return 'AddressOwner' in owner ? owner.AddressOwner : undefined
}
