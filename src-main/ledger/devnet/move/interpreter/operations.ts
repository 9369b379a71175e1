import type { Instruction, Opcode } from '../format/index.ts'
import type { Frame } from './frame.ts'
import type { Execution } from './execution.ts'

/** What one instruction does to its frame. Throws Fault where the ledger reports a primitive runtime error. */
export type Operation = (frame: Frame, instruction: Instruction, execution: Execution) => void

export type Operations = Partial<Record<Opcode, Operation>>
