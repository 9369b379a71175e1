import { broken } from '../failure.ts'
import type { CompiledModule, FunctionDefinition } from './module.ts'
import { type Instruction, type Operand, operandOf } from './opcodes.ts'

/** Every index of the module points at a row that is there, so that later code may take it as given. Throws MoveFailure. */
export function checkIndices(module: CompiledModule): void {
  const { signatures, modules, datatypes, functions, structs, enums } = module
  inside(module.self, modules)
  for (const handle of functions) {
    inside(handle.module, modules)
    inside(handle.parameters, signatures)
    inside(handle.returns, signatures)
  }
  const instantiations = [
    [module.functionInstantiations, functions],
    [module.structInstantiations, structs],
    [module.fieldInstantiations, module.fields],
    [module.enumInstantiations, enums],
  ] as const
  for (const [rows, owners] of instantiations)
    for (const { of, types } of rows) {
      inside(of, owners)
      inside(types, signatures)
    }
  for (const { datatype } of [...structs, ...enums]) {
    inside(datatype, datatypes)
    if (datatypes[datatype]?.module !== module.self) throw broken('a type of another module is defined')
  }
  for (const [owner, field] of module.fields) inside(field, structs[owner]?.fields ?? [])
  for (const [owner, variant] of module.variants) inside(variant, enums[owner]?.variants ?? [])
  for (const [owner, variant] of module.variantInstantiations) {
    inside(owner, module.enumInstantiations)
    inside(variant, enums[module.enumInstantiations[owner]?.of ?? -1]?.variants ?? [])
  }
  for (const definition of module.definitions) checkDefinition(module, definition)
}

function checkDefinition(module: CompiledModule, { handle, code }: FunctionDefinition): void {
  inside(handle, module.functions)
  if (module.functions[handle]?.module !== module.self) throw broken('a function of another module is defined')
  if (!code) return
  inside(code.locals, module.signatures)
  const locals = localCount(module, handle) + (module.signatures[code.locals]?.length ?? 0)
  // Code ends in an instruction that does not run on; else the counter would leave it.
  const last = code.instructions.at(-1)
  if (!last || !['Ret', 'Abort', 'Branch', 'VariantSwitch'].includes(last.op)) throw broken('code without an end')
  for (const instruction of code.instructions) {
    const operand = operandOf.get(instruction.op)
    if (operand === 'local' && instruction.index >= locals) throw broken('a local that is not there')
    if (operand === 'branch') inside(instruction.index, code.instructions)
    if (operand === 'jumpTable') inside(instruction.index, code.jumpTables)
    checkOperand(module, instruction, operand)
  }
  for (const { enumDefinition, targets } of code.jumpTables) {
    inside(enumDefinition, module.enums)
    if (targets.length !== module.enums[enumDefinition]?.variants.length) throw broken('a jump table with gaps')
    for (const target of targets) inside(target, code.instructions)
  }
}

function localCount(module: CompiledModule, handle: number): number {
  return module.signatures[module.functions[handle]?.parameters ?? -1]?.length ?? 0
}

function checkOperand(module: CompiledModule, { index }: Instruction, operand: Operand | undefined): void {
  const rows = operand && rowsOf(module, operand)
  if (rows) inside(index, rows)
  // A vector's instruction names exactly one type of element.
  const isVector = operand === 'signature' || operand === 'signatureAndCount'
  if (isVector && module.signatures[index]?.length !== 1) throw broken('a vector without a type')
}

function rowsOf(module: CompiledModule, operand: Operand): readonly unknown[] | undefined {
  switch (operand) {
    case 'constant':
      return module.constants
    case 'function':
      return module.functions
    case 'functionInstantiation':
      return module.functionInstantiations
    case 'struct':
      return module.structs
    case 'structInstantiation':
      return module.structInstantiations
    case 'field':
      return module.fields
    case 'fieldInstantiation':
      return module.fieldInstantiations
    case 'signature':
    case 'signatureAndCount':
      return module.signatures
    case 'variant':
      return module.variants
    case 'variantInstantiation':
      return module.variantInstantiations
    default:
      return undefined
  }
}

function inside(index: number, rows: readonly unknown[]): void {
  if (index >= rows.length || index < 0) throw broken('an index points at nothing')
}
