/**
 * The Move machine of the local ledger: interprets published bytecode with the framework's functions as natives.
 *
 *   const machine = createMoveMachine()
 *   machine.load(machine.verify(modules, packageId))
 *   const { returns, events } = machine.call({ package: packageId, module: 'registry', function: 'register', … })
 */
export { createMoveMachine } from './machine.ts'
export { canonicalTypeText } from './type-text.ts'
export { MoveFailure } from './types.ts'
export type {
  MoveAbilities,
  MoveArgument,
  MoveCall,
  MoveContext,
  MoveEvent,
  MoveMachine,
  MoveOutcome,
  MovePackage,
  MoveType,
  MoveValue,
} from './types.ts'
