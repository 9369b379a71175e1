/** The transaction cannot be executed at all and costs nothing: the node refuses to sign it. */
export class InvalidTransaction extends Error {
  override readonly name = 'InvalidTransaction'
}

/** The bytes are no transaction. */
export class MalformedTransaction extends Error {
  override readonly name = 'MalformedTransaction'
}

/** A real node could do this; the embedded ledger cannot. */
export class NotSupported extends Error {
  override readonly name = 'NotSupported'
  constructor(what: string) {
    super(`${what} is not supported by this devnet`)
  }
}

type ArgumentFault =
  | { TypeMismatch: true }
  | { InvalidBCSBytes: true }
  | { InvalidValueUsage: true }
  | { InvalidGasCoinUsage: true }
  | { IndexOutOfBounds: { idx: number } }
  | { SecondaryIndexOutOfBounds: { resultIdx: number; secondaryIdx: number } }
  | { InvalidResultArity: { resultIdx: number } }

/** The variants of the network's ExecutionFailureStatus that can occur here. */
export type FailureStatus =
  | { InsufficientGas: true }
  | { InsufficientCoinBalance: true }
  | { CoinBalanceOverflow: true }
  | { CommandArgumentError: { argIdx: number; kind: ArgumentFault } }
  | { UnusedValueWithoutDrop: { resultIdx: number; secondaryIdx: number } }

/** The transaction ran and failed: gas is charged, nothing else changes. */
export class ExecutionFailure extends Error {
  override readonly name = 'ExecutionFailure'
  readonly status: FailureStatus

  constructor(status: FailureStatus) {
    super(describe(status))
    this.status = status
  }
}

export function argumentError(argIdx: number, kind: ArgumentFault): ExecutionFailure {
  return new ExecutionFailure({ CommandArgumentError: { argIdx, kind } })
}

/** The text that a node shows in effects. */
function describe(status: FailureStatus): string {
  if ('CommandArgumentError' in status) {
    const { argIdx, kind } = status.CommandArgumentError
    return `CommandArgumentError { arg_idx: ${argIdx}, kind: ${Object.keys(kind)[0]} }`
  }
  if ('UnusedValueWithoutDrop' in status) {
    const { resultIdx, secondaryIdx } = status.UnusedValueWithoutDrop
    return `UnusedValueWithoutDrop { result_idx: ${resultIdx}, secondary_idx: ${secondaryIdx} }`
  }
  return Object.keys(status)[0] ?? 'Failure'
}
