import { toHex } from '../../../../base/index.ts'
import { broken } from '../failure.ts'
import { MAX_MODULE_BYTES, MAX_ROWS } from '../limits.ts'
import type { ByteReader } from './byte-reader.ts'
import {
  ALL_ABILITIES,
  type AbilitySet,
  type CompiledModule,
  type Field,
  type FunctionDefinition,
  moduleId,
  type ModuleName,
} from './module.ts'
import { checkIndices } from './check-indices.ts'
import { readCode } from './read-code.ts'
import { type DatatypeNames, readSignature, readType } from './read-type.ts'
import { readLayout, type TableLayout } from './tables.ts'

const ADDRESS_BYTES = 32
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$|^<SELF>$/
/** Longest name, as on a node. */
const MAX_NAME = 128
const MAX_TYPE_PARAMETERS = 255
const DECLARED_STRUCT = 2
const DECLARED_ENUM = 2
const NATIVE_FLAG = 2
const ENTRY_FLAG = 4
const VISIBILITIES = new Map([
  [0, 'private'],
  [1, 'public'],
  [3, 'friend'],
] as const)

/** Reads a module and checks that every index in it points at something. Throws MoveFailure. */
export function readModule(bytes: Uint8Array): CompiledModule {
  if (bytes.length > MAX_MODULE_BYTES) throw broken('a module is too large')
  const layout = readLayout(bytes)
  const module = readTables(layout)
  checkIndices(module)
  return module
}

function readTables(layout: TableLayout): CompiledModule {
  const { rows, version, self } = layout
  const identifiers = rows('identifiers', readName)
  const addressRows = rows('addresses', (r) => ({ offset: r.at, address: `0x${toHex(r.take(ADDRESS_BYTES))}` }))
  const addresses = addressRows.map((row) => row.address)
  const name = (r: ByteReader) => pick(identifiers, r.uleb(MAX_ROWS))
  const moduleName = (r: ByteReader): ModuleName => ({ address: pick(addresses, r.uleb(MAX_ROWS)), name: name(r) })
  const modules = rows('modules', moduleName)
  const datatypes = rows('datatypes', (r) => {
    const module = r.uleb(MAX_ROWS)
    const full = `${moduleId(pick(modules, module))}::${name(r)}`
    const abilities = readAbilities(r)
    return { name: full, module, abilities, parameters: list(r, readTypeParameter) }
  })
  const names: DatatypeNames = (index) => pick(datatypes, index).name
  const fields = (r: ByteReader): Field[] => list(r, (inner) => ({ name: name(inner), type: readType(inner, names) }))
  const pair = (r: ByteReader) => [r.uleb(MAX_ROWS), r.uleb(MAX_ROWS)] as const
  const instantiation = (r: ByteReader) => ({ of: r.uleb(MAX_ROWS), types: r.uleb(MAX_ROWS) })
  rows('metadata', (r) => [r.take(r.uleb(MAX_ROWS)), r.take(r.uleb(MAX_ROWS))])
  return {
    version,
    self,
    identifiers,
    addresses,
    addressOffsets: addressRows.map((row) => row.offset),
    modules,
    datatypes,
    functions: rows('functions', (r) => ({
      module: r.uleb(MAX_ROWS),
      name: name(r),
      parameters: r.uleb(MAX_ROWS),
      returns: r.uleb(MAX_ROWS),
      typeParameters: list(r, readAbilities),
    })),
    functionInstantiations: rows('functionInstantiations', instantiation),
    signatures: rows('signatures', (r) => readSignature(r, names)),
    constants: rows('constants', (r) => ({ type: readType(r, names), bytes: r.take(r.uleb(MAX_ROWS)) })),
    structs: rows('structs', (r) => ({ datatype: r.uleb(MAX_ROWS), fields: readDeclared(r, DECLARED_STRUCT, fields) })),
    structInstantiations: rows('structInstantiations', instantiation),
    definitions: rows('definitions', (r) => readDefinition(r, version)),
    fields: rows('fields', pair),
    fieldInstantiations: rows('fieldInstantiations', instantiation),
    friends: rows('friends', moduleName),
    enums: rows('enums', (r) => ({
      datatype: r.uleb(MAX_ROWS),
      variants: readDeclared(r, DECLARED_ENUM, (inner) => list(inner, (v) => ({ name: name(v), fields: fields(v) }))),
    })),
    enumInstantiations: rows('enumInstantiations', instantiation),
    variants: rows('variants', pair),
    variantInstantiations: rows('variantInstantiations', pair),
  }
}

function readName(reader: ByteReader): string {
  const bytes = reader.take(reader.uleb(MAX_NAME))
  const text = Buffer.from(bytes).toString('latin1')
  if (!NAME.test(text)) throw broken('a name has characters that Move does not allow')
  return text
}

function readAbilities(reader: ByteReader): AbilitySet {
  return reader.uleb(ALL_ABILITIES)
}

function readTypeParameter(reader: ByteReader): { constraints: AbilitySet; phantom: boolean } {
  const constraints = readAbilities(reader)
  return { constraints, phantom: reader.uleb(1) === 1 }
}

function readDeclared<T>(reader: ByteReader, flag: number, read: (reader: ByteReader) => T): T {
  if (reader.u8() !== flag) throw broken('a type without a declaration')
  return read(reader)
}

function readDefinition(reader: ByteReader, version: number): FunctionDefinition {
  const handle = reader.uleb(MAX_ROWS)
  const visibility = VISIBILITIES.get(reader.u8() as 0 | 1 | 3)
  if (!visibility) throw broken('a function of an unknown visibility')
  const flags = reader.u8()
  if ((flags & ~(NATIVE_FLAG | ENTRY_FLAG)) !== 0) throw broken('a function with unknown flags')
  if (reader.uleb(MAX_ROWS) !== 0) throw broken('global storage is not supported')
  const definition = { handle, visibility, entry: (flags & ENTRY_FLAG) !== 0 }
  return (flags & NATIVE_FLAG) !== 0 ? definition : { ...definition, code: readCode(reader, version) }
}

function list<T>(reader: ByteReader, read: (reader: ByteReader) => T): T[] {
  return Array.from({ length: reader.uleb(MAX_TYPE_PARAMETERS) }, () => read(reader))
}

function pick<T>(rows: readonly T[], index: number): T {
  const row = rows[index]
  if (row === undefined) throw broken('an index points at nothing')
  return row
}
