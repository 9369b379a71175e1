import { decodeValue, encodeValue, InvalidBytes } from './codec.ts'
import { argumentFault, failure, typeFault } from './failure.ts'
import { Execution } from './interpreter/index.ts'
import type { Library, LinkedFunction } from './library.ts'
import type { World } from './natives/index.ts'
import { checkText, isPure } from './pure.ts'
import { parseType } from './type-text.ts'
import { bytesValue, Reference, Struct, u64, type Value } from './value.ts'
import { fullAddress, sameType, substitute, type Type, typeText } from './type.ts'
import { type MoveArgument, type MoveCall, type MoveContext, MoveFailure, type MoveOutcome } from './types.ts'

const TX_CONTEXT = `${fullAddress('0x2')}::tx_context::TxContext`

/** Runs one Move call of a transaction. Throws MoveFailure; nothing is kept either way. */
export function runCall(library: Library, call: MoveCall): MoveOutcome {
  const fn = findFunction(library, call)
  const typeArguments = checkTypeArguments(library, fn, call.typeArguments)
  const parameters = fn.parameters.map((type) => substitute(type, typeArguments))
  const values = prepare(library, parameters, call)
  const world: World = { context: call.context, events: [], transferred: [], deleted: [], created: [] }
  const execution = new Execution(library, world)
  const returned = billed(execution, () => execution.run(fn, typeArguments, values))
  const returns = fn.returns.map((type, index) => {
    const closed = substitute(type, typeArguments)
    return { type: typeText(closed), bytes: encodeValue(library, closed, returned[index] as Value) }
  })
  const { events, transferred, deleted, created } = world
  const given = parameters.slice(0, call.arguments.length)
  const mutated = mutatedArguments(library, given, values)
  const taken = given.flatMap((type, index) => (type.kind === 'reference' ? [] : [index]))
  return { returns, mutated, taken, events, transferred, deleted, created, steps: execution.meter.steps }
}

/** A failed call has used steps too. */
function billed<T>({ meter }: Execution, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof MoveFailure) error.steps = meter.steps
    throw error
  }
}

function findFunction(library: Library, call: MoveCall): LinkedFunction {
  const name = `${call.package}::${call.module}::${call.function}`
  const fn = library.module(`${fullAddress(call.package)}::${call.module}`)?.functions.get(call.function)
  if (!fn) throw failure('FunctionNotFound', name)
  if ((fn.visibility !== 'public' && !fn.entry) || fn.name === 'init')
    throw failure('NonEntryFunctionInvoked', `${name} is neither public nor entry`)
  const reference = fn.returns.findIndex((type) => type.kind === 'reference')
  if (reference >= 0) {
    const status = { InvalidPublicFunctionReturnType: { idx: reference } }
    throw new MoveFailure(status, `InvalidPublicFunctionReturnType { idx: ${reference} }`)
  }
  return fn
}

function checkTypeArguments(library: Library, fn: LinkedFunction, texts: string[]): Type[] {
  if (texts.length !== fn.typeParameters.length)
    throw failure('TypeArityMismatch', `${fn.name} takes ${fn.typeParameters.length} type arguments`)
  return texts.map((text, index) => {
    const { type, abilities } = known(library, text, index)
    const needed = fn.typeParameters[index] ?? 0
    if ((abilities & needed) !== needed) throw typeFault(index, 'ConstraintNotSatisfied')
    return type
  })
}

function known(library: Library, text: string, index: number): { type: Type; abilities: number } {
  try {
    const type = parseType(text)
    return { type, abilities: library.abilities(type) }
  } catch (error) {
    if (error instanceof MoveFailure) throw typeFault(index, 'TypeNotFound')
    throw error
  }
}

/** The values that the function begins with; references point into a list of their own. */
function prepare(library: Library, parameters: Type[], call: MoveCall): Value[] {
  const context = contextParameter(parameters)
  const expected = parameters.length - (context ? 1 : 0)
  if (call.arguments.length !== expected)
    throw failure('ArityMismatch', `${call.function} takes ${expected} arguments, not ${call.arguments.length}`)
  const values = call.arguments.map((argument, index) =>
    prepareArgument(library, parameters[index] as Type, argument, index),
  )
  if (context) values.push(Reference.to([contextValue(call.context)], 0, context.mutable))
  return values
}

/** A reference to TxContext in the last place: the machine gives it. */
function contextParameter(parameters: Type[]): (Type & { kind: 'reference' }) | undefined {
  const last = parameters.at(-1)
  return last?.kind === 'reference' && last.to.kind === 'struct' && last.to.name === TX_CONTEXT ? last : undefined
}

function contextValue({ sender, digest, epoch, epochStartMs, idsCreated }: MoveContext): Struct {
  return new Struct([fullAddress(sender), bytesValue(digest), u64(epoch), u64(epochStartMs), u64(idsCreated)])
}

function prepareArgument(library: Library, parameter: Type, argument: MoveArgument, index: number): Value {
  const target = parameter.kind === 'reference' ? parameter.to : parameter
  checkType(target, argument, index)
  if (argument.access === 'readOnly') {
    if (parameter.kind !== 'reference') throw argumentFault(index, 'InvalidObjectByValue')
    if (parameter.mutable) throw argumentFault(index, 'InvalidObjectByMutRef')
  }
  const value = decode(library, target, argument, index)
  return parameter.kind === 'reference' ? Reference.to([value], 0, parameter.mutable) : value
}

function checkType(target: Type, argument: MoveArgument, index: number): void {
  if (argument.type === undefined || argument.access === 'pure') {
    if (!isPure(target)) throw argumentFault(index, 'InvalidUsageOfPureArg')
    return
  }
  if (!sameType(target, parseType(argument.type))) throw argumentFault(index, 'TypeMismatch')
}

function decode(library: Library, type: Type, argument: MoveArgument, index: number): Value {
  try {
    const value = decodeValue(library, type, argument.bytes)
    if (argument.access === 'pure') checkText(type, value)
    return value
  } catch (error) {
    if (error instanceof InvalidBytes) throw argumentFault(index, 'InvalidBCSBytes')
    throw error
  }
}

function mutatedArguments(library: Library, parameters: Type[], values: Value[]): Map<number, Uint8Array> {
  const mutated = new Map<number, Uint8Array>()
  parameters.forEach((type, index) => {
    const value = values[index]
    if (type.kind === 'reference' && type.mutable && value instanceof Reference)
      mutated.set(index, encodeValue(library, type.to, value.read()))
  })
  return mutated
}
