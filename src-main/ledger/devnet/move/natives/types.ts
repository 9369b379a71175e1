import type { Library } from '../library.ts'
import type { Type } from '../type.ts'
import type { MoveContext, MoveOutcome } from '../types.ts'
import type { Value } from '../value.ts'

/** What a call has done so far. */
export interface World extends Pick<MoveOutcome, 'events' | 'transferred' | 'deleted' | 'created'> {
  readonly context: MoveContext
}

export interface NativeContext {
  library: Library
  world: World
  meter: { charge: (steps: bigint) => void }
  typeArguments: Type[]
}

/** A framework function in TypeScript: its arguments, then what it returns. Throws Fault, NativeAbort or MoveFailure. */
export type Native = (values: readonly Value[], context: NativeContext) => Value[]
