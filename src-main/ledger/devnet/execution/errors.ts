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
  | { InvalidObjectByValue: true }
  | { InvalidObjectByMutRef: true }
  | { IndexOutOfBounds: { idx: number } }
  | { SecondaryIndexOutOfBounds: { resultIdx: number; secondaryIdx: number } }
  | { InvalidResultArity: { resultIdx: number } }

/** A variant of the network's ExecutionFailureStatus, in the shape of its BCS schema. */
export type FailureStatus = Record<string, unknown>

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

interface Location {
  module: { address: string; name: string }
  function: number
  instruction: number
  functionName: string | null
}

/** The text that a node shows in effects: Rust's debug form of the status. */
function describe(status: FailureStatus): string {
  const [name = 'Failure', detail] = Object.entries(status)[0] ?? []
  if (name === 'MoveAbort') {
    const [location, code] = detail as [Location, string]
    return `MoveAbort(${locationText(location)}, ${code})`
  }
  if (name === 'MovePrimitiveRuntimeError')
    return `${name}(MoveLocationOpt(${detail ? `Some(${locationText(detail as Location)})` : 'None'}))`
  return detail === true ? name : `${name} ${fields(detail as Record<string, unknown>)}`
}

function locationText({ module, function: index, instruction, functionName }: Location): string {
  const id = `ModuleId { address: ${module.address.slice(2)}, name: Identifier("${module.name}") }`
  const name = functionName === null ? 'None' : `Some("${functionName}")`
  return `MoveLocation { module: ${id}, function: ${index}, instruction: ${instruction}, function_name: ${name} }`
}

/** `{ arg_idx: 1, kind: TypeMismatch }` */
function fields(values: Record<string, unknown>): string {
  const shown = Object.entries(values).map(([name, value]) => `${snake(name)}: ${fieldText(value)}`)
  return `{ ${shown.join(', ')} }`
}

function fieldText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const [name = '', detail] = Object.entries(value)[0] ?? []
  return detail === true ? name : `${name} ${fields(detail as Record<string, unknown>)}`
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
