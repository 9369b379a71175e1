import type { Argument, Command } from '../execution/index.ts'
import { shownType } from '../objects/index.ts'

/** A command of a programmable transaction as JSON. */
export function commandView(command: Command): object {
  if (command.MoveCall) return { MoveCall: callView(command.MoveCall) }
  if (command.SplitCoins)
    return { SplitCoins: [argumentView(command.SplitCoins.coin), command.SplitCoins.amounts.map(argumentView)] }
  if (command.MergeCoins)
    return { MergeCoins: [argumentView(command.MergeCoins.destination), command.MergeCoins.sources.map(argumentView)] }
  if (command.TransferObjects) {
    const { objects, address } = command.TransferObjects
    return { TransferObjects: [objects.map(argumentView), argumentView(address)] }
  }
  if (command.MakeMoveVec)
    return { MakeMoveVec: [command.MakeMoveVec.type, command.MakeMoveVec.elements.map(argumentView)] }
  if (command.Publish) return { Publish: command.Publish.dependencies }
  if (command.Upgrade) {
    const { dependencies, package: id, ticket } = command.Upgrade
    return { Upgrade: [dependencies, id, argumentView(ticket)] }
  }
  throw new Error('a transaction has only known commands')
}

export function argumentView(argument: Argument): unknown {
  if (argument.GasCoin) return 'GasCoin'
  if (argument.Input !== undefined) return { Input: argument.Input }
  if (argument.Result !== undefined) return { Result: argument.Result }
  return { NestedResult: argument.NestedResult }
}

function callView(call: NonNullable<Command['MoveCall']>): object {
  const { package: id, module, function: name, typeArguments, arguments: list } = call
  return {
    package: id,
    module,
    function: name,
    ...(typeArguments.length > 0 ? { type_arguments: typeArguments.map(shownType) } : {}),
    ...(list.length > 0 ? { arguments: list.map(argumentView) } : {}),
  }
}
