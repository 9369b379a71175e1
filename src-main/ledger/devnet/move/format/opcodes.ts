/** What stands behind an opcode. `table` operands are indices that the reader checks. */
export type Operand =
  | 'none'
  | 'local'
  | 'branch'
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'u128'
  | 'u256'
  | 'constant'
  | 'function'
  | 'functionInstantiation'
  | 'struct'
  | 'structInstantiation'
  | 'field'
  | 'fieldInstantiation'
  | 'signature'
  | 'signatureAndCount'
  | 'variant'
  | 'variantInstantiation'
  | 'jumpTable'

/** Opcodes of the binary format, version 7. Those of global storage (0x29-0x2d, 0x3b-0x3f) no ledger of objects allows. */
const table = [
  [0x01, 'Pop', 'none'],
  [0x02, 'Ret', 'none'],
  [0x03, 'BrTrue', 'branch'],
  [0x04, 'BrFalse', 'branch'],
  [0x05, 'Branch', 'branch'],
  [0x06, 'LdU64', 'u64'],
  [0x07, 'LdConst', 'constant'],
  [0x08, 'LdTrue', 'none'],
  [0x09, 'LdFalse', 'none'],
  [0x0a, 'CopyLoc', 'local'],
  [0x0b, 'MoveLoc', 'local'],
  [0x0c, 'StLoc', 'local'],
  [0x0d, 'MutBorrowLoc', 'local'],
  [0x0e, 'ImmBorrowLoc', 'local'],
  [0x0f, 'MutBorrowField', 'field'],
  [0x10, 'ImmBorrowField', 'field'],
  [0x11, 'Call', 'function'],
  [0x12, 'Pack', 'struct'],
  [0x13, 'Unpack', 'struct'],
  [0x14, 'ReadRef', 'none'],
  [0x15, 'WriteRef', 'none'],
  [0x16, 'Add', 'none'],
  [0x17, 'Sub', 'none'],
  [0x18, 'Mul', 'none'],
  [0x19, 'Mod', 'none'],
  [0x1a, 'Div', 'none'],
  [0x1b, 'BitOr', 'none'],
  [0x1c, 'BitAnd', 'none'],
  [0x1d, 'Xor', 'none'],
  [0x1e, 'Or', 'none'],
  [0x1f, 'And', 'none'],
  [0x20, 'Not', 'none'],
  [0x21, 'Eq', 'none'],
  [0x22, 'Neq', 'none'],
  [0x23, 'Lt', 'none'],
  [0x24, 'Gt', 'none'],
  [0x25, 'Le', 'none'],
  [0x26, 'Ge', 'none'],
  [0x27, 'Abort', 'none'],
  [0x28, 'Nop', 'none'],
  [0x2e, 'FreezeRef', 'none'],
  [0x2f, 'Shl', 'none'],
  [0x30, 'Shr', 'none'],
  [0x31, 'LdU8', 'u8'],
  [0x32, 'LdU128', 'u128'],
  [0x33, 'CastU8', 'none'],
  [0x34, 'CastU64', 'none'],
  [0x35, 'CastU128', 'none'],
  [0x36, 'MutBorrowFieldGeneric', 'fieldInstantiation'],
  [0x37, 'ImmBorrowFieldGeneric', 'fieldInstantiation'],
  [0x38, 'CallGeneric', 'functionInstantiation'],
  [0x39, 'PackGeneric', 'structInstantiation'],
  [0x3a, 'UnpackGeneric', 'structInstantiation'],
  [0x40, 'VecPack', 'signatureAndCount'],
  [0x41, 'VecLen', 'signature'],
  [0x42, 'VecImmBorrow', 'signature'],
  [0x43, 'VecMutBorrow', 'signature'],
  [0x44, 'VecPushBack', 'signature'],
  [0x45, 'VecPopBack', 'signature'],
  [0x46, 'VecUnpack', 'signatureAndCount'],
  [0x47, 'VecSwap', 'signature'],
  [0x48, 'LdU16', 'u16'],
  [0x49, 'LdU32', 'u32'],
  [0x4a, 'LdU256', 'u256'],
  [0x4b, 'CastU16', 'none'],
  [0x4c, 'CastU32', 'none'],
  [0x4d, 'CastU256', 'none'],
  [0x4e, 'PackVariant', 'variant'],
  [0x4f, 'PackVariantGeneric', 'variantInstantiation'],
  [0x50, 'UnpackVariant', 'variant'],
  [0x51, 'UnpackVariantImmRef', 'variant'],
  [0x52, 'UnpackVariantMutRef', 'variant'],
  [0x53, 'UnpackVariantGeneric', 'variantInstantiation'],
  [0x54, 'UnpackVariantGenericImmRef', 'variantInstantiation'],
  [0x55, 'UnpackVariantGenericMutRef', 'variantInstantiation'],
  [0x56, 'VariantSwitch', 'jumpTable'],
] as const satisfies readonly (readonly [number, string, Operand])[]

export type Opcode = (typeof table)[number][1]

export interface Instruction {
  op: Opcode
  /** Index into the table that the operand names, a local, or a branch's target. */
  index: number
  /** A literal, or the number of elements of VecPack and VecUnpack. */
  value: bigint
}

export const opcodes: ReadonlyMap<number, { op: Opcode; operand: Operand }> = new Map(
  table.map(([code, op, operand]) => [code, { op, operand }]),
)

export const operandOf: ReadonlyMap<Opcode, Operand> = new Map(table.map(([, op, operand]) => [op, operand]))
