import { broken } from '../failure.ts'
import type { CodeUnit, Instruction } from '../format/index.ts'
import type { Library, LinkedFunction } from '../library.ts'
import { checkWellFormed } from './declarations.ts'
import { effects } from './effects.ts'
import { TypeState } from './state.ts'

/** What checking may still cost. */
export interface Budget {
  left: number
}
/** Of one instruction, beside copying the state. */
const STEP_COST = 64

/** Follows every way through a function with types in the place of values. Throws MoveFailure. */
export function checkFunction(library: Library, fn: LinkedFunction, budget: Budget): void {
  for (const type of [...fn.locals, ...fn.returns]) checkWellFormed(library, type, fn.typeParameters)
  const { code } = fn
  if (!code) throw broken(`${fn.name} is native: only the framework has such functions`)
  const held = fn.locals.map((_, index) => (index < fn.parameters.length ? 'yes' : 'no') as 'yes' | 'no')
  const states = new Map([[0, new TypeState(library, fn, held)]])
  const waiting = [0]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const state = states.get(at)?.copy()
    const instruction = code.instructions[at]
    if (!state || !instruction) throw broken(`${fn.name} runs out of its code`)
    budget.left -= STEP_COST + state.held.length + state.stack.length
    if (budget.left < 0) throw broken('the package takes too long to check')
    state.begin()
    if (instruction.op === 'Ret') {
      state.end()
      continue
    }
    effects[instruction.op](state, instruction)
    for (const next of following(instruction, at, code)) {
      const known = states.get(next)
      // Locals only become less certain, so every place is visited a few times at most.
      if (known && !known.join(state)) continue
      if (!known) states.set(next, state.copy())
      waiting.push(next)
    }
  }
}

function following({ op, index }: Instruction, at: number, { jumpTables }: CodeUnit): number[] {
  if (op === 'Abort') return []
  if (op === 'Branch') return [index]
  if (op === 'VariantSwitch') return jumpTables[index]?.targets ?? []
  return op === 'BrTrue' || op === 'BrFalse' ? [index, at + 1] : [at + 1]
}
