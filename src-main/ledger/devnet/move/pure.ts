import { InvalidBytes } from './codec.ts'
import { fullAddress, type Type } from './type.ts'
import { Int, Struct, type Value, Vector } from './value.ts'

const OPTION = `${fullAddress('0x1')}::option::Option`
const STRING = `${fullAddress('0x1')}::string::String`
const ASCII = `${fullAddress('0x1')}::ascii::String`
const ID = `${fullAddress('0x2')}::object::ID`

/** Types whose values a transaction may give as bytes: primitives, texts, ids, and vectors and options of them. */
export function isPure(type: Type): boolean {
  switch (type.kind) {
    case 'bool':
    case 'int':
    case 'address':
      return true
    case 'vector':
      return isPure(type.of)
    case 'struct':
      return type.name === OPTION ? type.args.every(isPure) : [STRING, ASCII, ID].includes(type.name)
    default:
      return false
  }
}

/** What bytes from outside must hold beyond their layout: texts are texts, an option has one element at most. */
export function checkText(type: Type, value: Value): void {
  if (type.kind === 'vector' && value instanceof Vector) {
    if (type.of.kind === 'int' || type.of.kind === 'bool' || type.of.kind === 'address') return
    for (const item of value.items) checkText(type.of, item as Value)
  }
  if (type.kind !== 'struct' || !(value instanceof Struct)) return
  const [inner] = value.fields
  if (!(inner instanceof Vector)) return
  if (type.name === OPTION && inner.items.length > 1) throw new InvalidBytes('an option with several elements')
  if (type.name === OPTION) checkText({ kind: 'vector', of: type.args[0] as Type }, inner)
  else if (!isTextOf(type.name, inner)) throw new InvalidBytes('this is no text')
}

function isTextOf(name: string, { items }: Vector): boolean {
  const bytes = Uint8Array.from(items, (item) => (item instanceof Int ? Number(item.value) : 0))
  if (name === ASCII) return bytes.every((byte) => byte < 0x80)
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
