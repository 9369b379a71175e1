import { decodeValue, fieldTypes } from './codec.ts'
import type { Library } from './library.ts'
import { shownType } from '../objects/index.ts'
import { fullAddress, type Type, typeText } from './type.ts'
import { Int, Struct, type Value, Vector } from './value.ts'

const std = (name: string): string => `${fullAddress('0x1')}::${name}`
const framework = (name: string): string => `${fullAddress('0x2')}::${name}`

/** Structs that JSON-RPC shows as their only content. */
const TEXTS = new Set([std('string::String'), std('ascii::String')])
const PLAIN = new Set([framework('object::ID'), framework('balance::Balance')])
/** Without its type in every form. */
const UID = framework('object::UID')
const OPTION = std('option::Option')
/** Numbers above this many bits are shown as text. */
const MAX_NUMBER_BITS = 32

/** `flat`: structs are their fields by name. `typed`: with their types, `{type, fields}`. */
export type Form = 'flat' | 'typed'

/** A value as JSON-RPC shows it. Throws MoveFailure for an unknown type, InvalidBytes for other bytes. */
export function renderBytes(library: Library, type: Type, bytes: Uint8Array, form: Form): unknown {
  return new Renderer(library, form).render(type, decodeValue(library, type, bytes))
}

class Renderer {
  readonly #library: Library
  readonly #form: Form

  constructor(library: Library, form: Form) {
    this.#library = library
    this.#form = form
  }

  render(type: Type, value: Value | undefined): unknown {
    if (value instanceof Int) return value.bits > MAX_NUMBER_BITS ? value.value.toString() : Number(value.value)
    if (type.kind === 'vector' && value instanceof Vector) return value.items.map((item) => this.render(type.of, item))
    return type.kind === 'struct' && value instanceof Struct ? this.#struct(type, value) : value
  }

  #struct(type: Type & { kind: 'struct' }, value: Struct): unknown {
    const [first] = value.fields
    if (TEXTS.has(type.name)) return textOf(first)
    const types = fieldTypes(this.#library, type, value.variant)
    const inner = value.fields.map((field, index) => this.render(types[index] as Type, field))
    if (PLAIN.has(type.name)) return inner[0]
    if (type.name === OPTION) return (inner[0] as unknown[])[0] ?? null
    const { variants, isEnum } = this.#library.datatype(type.name)
    const variant = variants[value.variant]
    const fields = Object.fromEntries((variant?.fields ?? []).map(({ name }, index) => [name, inner[index]]))
    const shown = isEnum ? { variant: variant?.name, fields } : fields
    if (this.#form === 'flat' || type.name === UID) return shown
    return { type: shownType(typeText(type)), ...(isEnum ? shown : { fields }) }
  }
}

function textOf(value: Value | undefined): string {
  const items = value instanceof Vector ? value.items : []
  return Buffer.from(items.map((item) => (item instanceof Int ? Number(item.value) : 0))).toString('utf8')
}
