import type { Owner } from '../objects/index.ts'

/**
 * A Move type in one canonical text: `u64`, `vector<u8>`, `0x<64 hex>::coin::Coin<0x<64 hex>::iota::IOTA>`; addresses always
 * in full, no spaces but one after each comma between type arguments.
 */
export type MoveType = string

/** A package that can be called: its object id and the bytecode of each module by name. */
export interface MovePackage {
  id: string
  modules: ReadonlyMap<string, Uint8Array>
  /** Every struct and enum that they declare, in order; `verify` fills it in. */
  types?: readonly { module: string; name: string }[]
  /** A module has an `init` function, which the machine does not run; `verify` fills it in. */
  hasInitializer?: boolean
}

/** A value for one parameter, as BCS; whether it is moved or borrowed follows from the function's signature. */
export interface MoveArgument {
  bytes: Uint8Array
  /** Type of an object or of an earlier result, which must be the parameter's. Absent for a pure input. */
  type?: MoveType
  /** An object's owner, or `value` for results: an immutable or shared-read object cannot be taken or borrowed mutably. */
  access: 'pure' | 'owned' | 'sharedMutable' | 'readOnly' | 'value'
}

/** What `TxContext` is made of. */
export interface MoveContext {
  sender: string
  /** 32 bytes of the transaction's digest. */
  digest: Uint8Array
  epoch: bigint
  epochStartMs: bigint
  /** Ids that this transaction has made before this call. */
  idsCreated: bigint
}

export interface MoveCall {
  package: string
  module: string
  function: string
  typeArguments: MoveType[]
  /** Without the TxContext, which the machine adds where the signature has it last. */
  arguments: MoveArgument[]
  context: MoveContext
}

export interface MoveValue {
  type: MoveType
  bytes: Uint8Array
}

export interface MoveEvent extends MoveValue {
  /** The module whose code emitted it. */
  package: string
  module: string
}

/** Everything that one call did. Nothing outside the machine was changed. */
export interface MoveOutcome {
  returns: MoveValue[]
  /** What `&mut` arguments hold afterwards, by position. */
  mutated: Map<number, Uint8Array>
  /** Positions of the arguments whose parameter takes a value and not a reference. */
  taken: number[]
  events: MoveEvent[]
  /** Objects handed to an owner (transfer, share, freeze), in order. */
  transferred: (MoveValue & { owner: Owner })[]
  /** Ids of `object::delete`. */
  deleted: string[]
  /** Ids made, in order; the next call's `idsCreated` is larger by their number. */
  created: string[]
  /** Instructions executed: what computation is billed by. */
  steps: bigint
}

export interface MoveAbilities {
  copy: boolean
  drop: boolean
  store: boolean
  key: boolean
}

/**
 * Executes published bytecode. Framework functions (coin, balance, clock, event, object, transfer, tx_context, ed25519,
 * bcs, option, vector …) run as natives. Calls throw MoveFailure and are pure: same input, same outcome.
 */
export interface MoveMachine {
  /** Parses and checks modules as a node would before publishing. Throws MoveFailure `VMVerificationOrDeserializationError`. */
  verify(modules: readonly Uint8Array[], packageId: string): MovePackage
  /** Makes a package callable; the same id again is a fault of the caller. */
  load(published: MovePackage): void
  call(call: MoveCall): MoveOutcome
  /** Throws MoveFailure for a type that no loaded module declares. */
  abilities(type: MoveType): MoveAbilities
  /** A value as in `parsedJson`: u64 and above as text, structs as maps of their fields, enums `{variant, fields}`. */
  render(type: MoveType, bytes: Uint8Array): unknown
  /** The same as in `showContent`: structs `{type, fields}`, enums `{type, variant, fields}`, at every depth. */
  renderTyped(type: MoveType, bytes: Uint8Array): unknown
  /** NANOS in every `Balance<IOTA>` that a value holds, however deep. Throws as `render`. */
  balanceOf(type: MoveType, bytes: Uint8Array): bigint
  /** The module in the shape of `iota_getNormalizedMoveModule`. Undefined where there is none. */
  normalized(packageId: string, module: string): unknown
}

/** Why a call failed, in the shape of the ledger's ExecutionFailureStatus (BCS) of the SDK. */
export class MoveFailure extends Error {
  override readonly name = 'MoveFailure'
  /** For example `{ MoveAbort: [location, code] }` or `{ FunctionNotFound: true }`. */
  readonly status: Record<string, unknown>
  /** Instructions executed before it failed; they are billed. */
  steps = 0n

  constructor(status: Record<string, unknown>, message: string) {
    super(message)
    this.status = status
  }
}
