/**
 * Move's binary format, version 7: bytes to tables, every index checked.
 *
 *   const module = readModule(bytes)
 *   module.definitions[0]?.code?.instructions
 */
export * from './module.ts'
export { type Instruction, type Opcode } from './opcodes.ts'
export { readModule } from './read-module.ts'
