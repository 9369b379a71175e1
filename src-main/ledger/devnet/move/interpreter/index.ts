/**
 * Executes functions instruction by instruction.
 *
 *   const execution = new Execution(library, world)
 *   const returns = execution.run(fn, typeArguments, values)
 */
export { Execution } from './execution.ts'
