import { InvalidBytes } from '../codec.ts'
import { abort, Fault, type Location, NativeAbort, outOfGas, runtimeError } from '../failure.ts'
import type { Library, LinkedFunction } from '../library.ts'
import { MAX_CALL_DEPTH } from '../limits.ts'
import { natives, type World } from '../natives/index.ts'
import type { Type } from '../type.ts'
import type { Value } from '../value.ts'
import { aggregateOperations } from './aggregates.ts'
import { flowOperations } from './flow.ts'
import { Frame } from './frame.ts'
import { integerOperations } from './integers.ts'
import { Meter } from './meter.ts'
import type { Operations, Run } from './operations.ts'
import { placeOperations } from './places.ts'

const operations: Operations = { ...integerOperations, ...placeOperations, ...aggregateOperations, ...flowOperations }

/** Runs one function to its end. Frames lie in a list, so that no code can exhaust the process's own stack. */
export class Execution implements Run {
  readonly library: Library
  readonly world: World
  readonly meter = new Meter()
  readonly #frames: Frame[] = []

  constructor(library: Library, world: World) {
    this.library = library
    this.world = world
  }

  /** The values that the function returns. Throws MoveFailure. */
  run(fn: LinkedFunction, typeArguments: Type[], values: Value[]): Value[] {
    const outermost = new Frame(fn, typeArguments, values)
    this.#frames.push(outermost)
    for (;;) {
      const frame = this.#frames.at(-1) as Frame
      const returned = this.#step(frame)
      if (!returned) continue
      this.#frames.pop()
      const caller = this.#frames.at(-1)
      if (!caller) return returned
      for (const value of returned) caller.push(value)
    }
  }

  /** Begins a call from a frame; a native function ends at once. */
  call(caller: Frame, fn: LinkedFunction, typeArguments: Type[], values: Value[]): void {
    if (fn.code) {
      if (this.#frames.length >= MAX_CALL_DEPTH) throw outOfGas('calls are nested too deeply')
      this.#frames.push(new Frame(fn, typeArguments, values))
      return
    }
    const native = natives.get(`${fn.module.id}::${fn.name}`)
    if (!native) throw new Fault(`no native function ${fn.name}`)
    try {
      const { library, world, meter } = this
      const context = { library, world, meter, typeArguments }
      for (const value of native(values, context)) caller.push(value)
    } catch (error) {
      if (error instanceof NativeAbort) throw abort(nativeLocation(fn), error.code)
      throw error
    }
  }

  /** One instruction; the returned values where it was a return. */
  #step(frame: Frame): Value[] | undefined {
    const instruction = frame.fn.code?.instructions[frame.next]
    try {
      this.meter.charge(1n)
      if (!instruction) throw new Fault('the code has ended')
      frame.at = frame.next++
      if (instruction.op === 'Ret') return frame.popMany(frame.fn.returns.length)
      if (instruction.op === 'Abort') throw abort(frame.location, frame.int().value)
      const operation = operations[instruction.op]
      if (!operation) throw new Fault(`${instruction.op} is not supported`)
      operation(frame, instruction, this)
    } catch (error) {
      if (error instanceof Fault || error instanceof InvalidBytes) throw runtimeError(frame.location, error.message)
      throw error
    }
    return undefined
  }
}

function nativeLocation({ module, index, name }: LinkedFunction): Location {
  const { address, name: moduleName } = module.name
  return { address, module: moduleName, function: index, instruction: 0, functionName: name }
}
