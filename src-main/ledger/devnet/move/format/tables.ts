import { broken } from '../failure.ts'
import { MAX_ROWS } from '../limits.ts'
import { ByteReader } from './byte-reader.ts'

/** Kinds of tables in a module of version 7. */
export const TABLES = {
  modules: 0x1,
  datatypes: 0x2,
  functions: 0x3,
  functionInstantiations: 0x4,
  signatures: 0x5,
  constants: 0x6,
  identifiers: 0x7,
  addresses: 0x8,
  structs: 0xa,
  structInstantiations: 0xb,
  definitions: 0xc,
  fields: 0xd,
  fieldInstantiations: 0xe,
  friends: 0xf,
  metadata: 0x10,
  enums: 0x11,
  enumInstantiations: 0x12,
  variants: 0x13,
  variantInstantiations: 0x14,
} as const

export type TableName = keyof typeof TABLES

const MAGIC = [0xa1, 0x1c, 0xeb, 0x0b]
/** Version 7 with IOTA's flavour in the highest byte, as the builder writes it; plain 6 and 7 are read too. */
const FLAVOUR = 0x05
const VERSIONS = [6, 7]
const KINDS = new Map<number, TableName>(Object.entries(TABLES).map(([name, kind]) => [kind, name as TableName]))

export interface TableLayout {
  version: number
  self: number
  /** Every row of a table, read by `read`; an absent table has none. */
  rows: <T>(name: TableName, read: (reader: ByteReader) => T) => T[]
}

/** Finds the tables of a module and reads what stands outside them. */
export function readLayout(bytes: Uint8Array): TableLayout {
  const reader = new ByteReader(bytes)
  if (MAGIC.some((byte) => reader.u8() !== byte)) throw broken('this is no module')
  const version = readVersion(reader)
  const headers = Array.from({ length: reader.uleb(KINDS.size) }, () => ({
    name: tableName(reader.u8()),
    offset: reader.uleb(bytes.length),
    length: reader.uleb(bytes.length),
  }))
  const base = reader.at
  const size = headers.reduce((sum, header) => sum + header.length, 0)
  checkContiguous(headers, size)
  const tail = new ByteReader(bytes, Math.min(base + size, bytes.length))
  const self = tail.uleb(MAX_ROWS)
  if (!tail.done) throw broken('there are bytes behind the module')
  const places = new Map(headers.map(({ name, offset, length }) => [name, [base + offset, base + offset + length]]))
  return {
    version,
    self,
    rows: (name, read) => {
      const [start = 0, end = 0] = places.get(name) ?? []
      return readAll(new ByteReader(bytes, start, end), read)
    },
  }
}

function readVersion(reader: ByteReader): number {
  const value = Number(reader.fixed(4))
  const [version, flavour] = [value & 0xffffff, value >>> 24]
  if (!VERSIONS.includes(version) || (flavour !== 0 && flavour !== FLAVOUR))
    throw broken(`bytecode of version ${version} is not supported`)
  return version
}

function tableName(kind: number): TableName {
  const name = KINDS.get(kind)
  if (!name) throw broken('a table of an unknown kind')
  return name
}

/** Tables lie one after the other, each kind once: nothing is read twice under two names. */
function checkContiguous(headers: { name: TableName; offset: number; length: number }[], size: number): void {
  if (new Set(headers.map((header) => header.name)).size !== headers.length) throw broken('a table comes twice')
  let at = 0
  for (const { offset, length } of headers.toSorted((a, b) => a.offset - b.offset)) {
    if (offset !== at || length === 0) throw broken('tables overlap or leave gaps')
    at += length
  }
  if (at !== size) throw broken('tables do not fit')
}

function readAll<T>(reader: ByteReader, read: (reader: ByteReader) => T): T[] {
  const rows: T[] = []
  while (!reader.done) {
    if (rows.length > MAX_ROWS) throw broken('a table has too many rows')
    rows.push(read(reader))
  }
  return rows
}
