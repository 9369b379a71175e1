import { broken } from './failure.ts'
import { MAX_TYPE_DEPTH, MAX_TYPE_NODES, MAX_TYPE_TEXT } from './limits.ts'
import { ADDRESS, BOOL, fullAddress, type IntBits, intType, SIGNER, type Type, typeText } from './type.ts'
import { MoveFailure, type MoveType } from './types.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/
const STRUCT = /^(0x[0-9a-fA-F]{1,64})::([A-Za-z_][A-Za-z0-9_]*)::([A-Za-z_][A-Za-z0-9_]*)/
const INT = /^u(8|16|32|64|128|256)$/

interface Bounds {
  depth: number
  /** Type arguments of one struct. */
  list: number
}

/** What the machine makes itself has been bounded where it was declared. */
const OWN: Bounds = { depth: MAX_TYPE_DEPTH, list: MAX_TYPE_NODES }
/** What a network takes from its callers: 16 levels, and 16 type arguments for one struct. */
const FOREIGN: Bounds = { depth: MAX_TYPE_DEPTH - 1, list: 16 }

/** The canonical text of a type in any spelling that a network takes; undefined for anything that is no type. */
export function canonicalTypeText(text: string): MoveType | undefined {
  try {
    return typeText(parseType(text, FOREIGN))
  } catch (error) {
    if (error instanceof MoveFailure) return undefined
    throw error
  }
}

/** Reads a MoveType, also with short addresses. Throws MoveFailure for anything that is no type. */
export function parseType(text: string, bounds = OWN): Type {
  if (text.length > MAX_TYPE_TEXT) throw broken('a type is too long')
  const reader = new TypeReader(text, bounds)
  const type = reader.type(0)
  if (!reader.done) throw broken(`${text} is no type`)
  return type
}

class TypeReader {
  readonly #bounds: Bounds
  #rest: string

  constructor(text: string, bounds: Bounds) {
    this.#bounds = bounds
    this.#rest = text.trim()
  }

  get done(): boolean {
    return this.#rest === ''
  }

  type(depth: number): Type {
    if (depth > this.#bounds.depth) throw broken('a type is too deep')
    const struct = STRUCT.exec(this.#rest)
    if (struct) {
      this.#skip(struct[0].length)
      const name = `${fullAddress(struct[1] ?? '')}::${struct[2]}::${struct[3]}`
      return { kind: 'struct', name, args: this.#rest.startsWith('<') ? this.#list(depth) : [] }
    }
    const word = NAME.exec(this.#rest)?.[0] ?? ''
    this.#skip(word.length)
    if (word === 'vector') {
      const [of, ...more] = this.#list(depth)
      if (!of || more.length > 0) throw broken('a vector has one type')
      return { kind: 'vector', of }
    }
    return primitive(word)
  }

  #list(depth: number): Type[] {
    this.#expect('<')
    const types = [this.type(depth + 1)]
    while (this.#rest.startsWith(',')) {
      this.#skip(1)
      if (types.length >= this.#bounds.list) throw broken('too many type arguments')
      types.push(this.type(depth + 1))
    }
    this.#expect('>')
    return types
  }

  #expect(mark: string): void {
    if (!this.#rest.startsWith(mark)) throw broken(`a type needs ${mark}`)
    this.#skip(1)
  }

  #skip(count: number): void {
    this.#rest = this.#rest.slice(count).trimStart()
  }
}

function primitive(word: string): Type {
  if (word === 'bool') return BOOL
  if (word === 'address') return ADDRESS
  if (word === 'signer') return SIGNER
  const bits = INT.exec(word)?.[1]
  if (!bits) throw broken(`${word || 'nothing'} is no type`)
  return intType(Number(bits) as IntBits)
}
