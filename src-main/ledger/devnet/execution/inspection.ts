import type { MoveValue } from '../move/index.ts'
import type { Frame } from './frame.ts'
import type { Argument, Command } from './transaction.ts'
import { bytesOf, typeOf, type Value } from './value.ts'
import type { CommandResult } from './types.ts'

/** What the last command of the frame gave, `mutated` being the places of the arguments that it changed. */
export function resultOf(frame: Frame, command: Command, mutated: ReadonlySet<number>): CommandResult {
  const returnValues = (frame.results.at(-1) ?? []).flatMap(({ value }) => plain(value))
  const mutableReferences = [...mutated].flatMap((position) => {
    const argument = argumentAt(command, position)
    return argument ? plain(frame.slot(argument, position).value).map((value) => ({ ...value, argument })) : []
  })
  return { returnValues, mutableReferences }
}

function argumentAt(command: Command, position: number): Argument | undefined {
  if (command.MoveCall) return command.MoveCall.arguments[position]
  return command.SplitCoins?.coin ?? command.MergeCoins?.destination
}

function plain(value: Value | undefined): MoveValue[] {
  const type = value && typeOf(value)
  return value && type !== undefined ? [{ type, bytes: bytesOf(value) }] : []
}
