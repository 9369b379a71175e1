import type { Instruction, Opcode } from '../format/index.ts'
import type { Library, LinkedFunction } from '../library.ts'
import type { Type } from '../type.ts'
import type { Value } from '../value.ts'
import type { Frame } from './frame.ts'
import type { Meter } from './meter.ts'

/** What instructions need of the run that they are part of. */
export interface Run {
  readonly library: Library
  readonly meter: Meter
  /** Begins a call from a frame. */
  call(caller: Frame, fn: LinkedFunction, typeArguments: Type[], values: Value[]): void
}

/** What one instruction does to its frame. Throws Fault where the ledger reports a primitive runtime error. */
export type Operation = (frame: Frame, instruction: Instruction, run: Run) => void

export type Operations = Partial<Record<Opcode, Operation>>
