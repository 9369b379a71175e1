import { MoveFailure } from './types.ts'

/** Where in the code something happened, as the ledger writes it into effects. */
export interface Location {
  address: string
  module: string
  /** Index of the function's definition. */
  function: number
  instruction: number
  functionName: string
}

type ArgumentFault =
  'TypeMismatch' | 'InvalidBCSBytes' | 'InvalidUsageOfPureArg' | 'InvalidObjectByValue' | 'InvalidObjectByMutRef'

function place({ address, module, function: index, instruction, functionName }: Location): Record<string, unknown> {
  return { module: { address, name: module }, function: index, instruction, functionName }
}

export function abort(at: Location, code: bigint): MoveFailure {
  const text = `MoveAbort in ${at.address}::${at.module}::${at.functionName} (instruction ${at.instruction}), code ${code}`
  return new MoveFailure({ MoveAbort: [place(at), code.toString()] }, text)
}

/** Arithmetic out of range, an index out of bounds and the like. */
export function runtimeError(at: Location, what: string): MoveFailure {
  const text = `MovePrimitiveRuntimeError in ${at.address}::${at.module}::${at.functionName}: ${what}`
  return new MoveFailure({ MovePrimitiveRuntimeError: place(at) }, text)
}

/** Modules that a node would not publish, or a type that no node knows. */
export function broken(what: string): MoveFailure {
  return new MoveFailure(
    { VMVerificationOrDeserializationError: true },
    `VMVerificationOrDeserializationError: ${what}`,
  )
}

export function outOfGas(what: string): MoveFailure {
  return new MoveFailure({ InsufficientGas: true }, `InsufficientGas: ${what}`)
}

export function argumentFault(argIdx: number, kind: ArgumentFault): MoveFailure {
  const status = { CommandArgumentError: { argIdx, kind: { [kind]: true } } }
  return new MoveFailure(status, `CommandArgumentError { arg_idx: ${argIdx}, kind: ${kind} }`)
}

export function typeFault(argumentIdx: number, kind: 'TypeNotFound' | 'ConstraintNotSatisfied'): MoveFailure {
  const status = { TypeArgumentError: { argumentIdx, kind: { [kind]: true } } }
  return new MoveFailure(status, `TypeArgumentError { argument_idx: ${argumentIdx}, kind: ${kind} }`)
}

type Plain = 'FunctionNotFound' | 'ArityMismatch' | 'TypeArityMismatch' | 'NonEntryFunctionInvoked' | 'EffectsTooLarge'

export function failure(kind: Exclude<Plain, 'EffectsTooLarge'>, what: string): MoveFailure {
  return new MoveFailure({ [kind]: true }, `${kind}: ${what}`)
}

export function tooLarge(what: string, currentSize: number, maxSize: number): MoveFailure {
  const status = { EffectsTooLarge: { currentSize: String(currentSize), maxSize: String(maxSize) } }
  return new MoveFailure(status, `EffectsTooLarge: ${what}`)
}

/** Thrown inside one instruction; the interpreter adds where it happened. */
export class Fault extends Error {
  override readonly name = 'Fault'
}

/** An abort of a native function; the interpreter adds where it happened. */
export class NativeAbort extends Error {
  override readonly name = 'NativeAbort'
  readonly code: bigint

  constructor(code: bigint) {
    super(`abort ${code}`)
    this.code = code
  }
}
