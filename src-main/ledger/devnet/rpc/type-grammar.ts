/** As deep as a network takes type arguments. */
const MAX_TYPE_DEPTH = 16
/** As many type arguments as a network takes for one struct. */
const MAX_ARGUMENTS = 16
const PRIMITIVES = new Set(['bool', 'u8', 'u16', 'u32', 'u64', 'u128', 'u256', 'address', 'signer'])
const TOKEN = /\s*(0x[0-9a-fA-F]{1,64}(?![0-9a-zA-Z_])|[A-Za-z_][A-Za-z0-9_]*|::|[<>,])/y
const ADDRESS = /^0x/
const NAME = /^[A-Za-z_]/

/** The text without spaces when all of it is one Move type: `u64`, `vector<T>` or `0x…::module::Name<T, …>`. */
export function plainType(text: string): string | undefined {
  const tokens = tokensOf(text)
  return tokens && readType(tokens, 0, 0) === tokens.length ? tokens.join('') : undefined
}

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = []
  const whole = text.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < whole.length) {
    const token = TOKEN.exec(whole)?.[1]
    if (token === undefined) return undefined
    tokens.push(token)
  }
  return tokens
}

/** Answers the place after the type that begins at `at`; undefined when none does. */
function readType(tokens: string[], at: number, depth: number): number | undefined {
  const first = tokens[at] ?? ''
  if (depth >= MAX_TYPE_DEPTH) return undefined
  if (first === 'vector') return readArguments(tokens, at + 1, depth, 1)
  if (PRIMITIVES.has(first)) return at + 1
  const [colons, module, more, name] = tokens.slice(at + 1, at + 5)
  if (!ADDRESS.test(first) || colons !== '::' || more !== '::') return undefined
  if (!NAME.test(module ?? '') || !NAME.test(name ?? '')) return undefined
  return tokens[at + 5] === '<' ? readArguments(tokens, at + 5, depth, MAX_ARGUMENTS) : at + 5
}

/** `<T, …>` with one argument at least. */
function readArguments(tokens: string[], at: number, depth: number, most: number): number | undefined {
  let separator = '<'
  for (let count = 0; count < most; count++) {
    if (tokens[at] !== separator) return undefined
    const end = readType(tokens, at + 1, depth + 1)
    if (end === undefined) return undefined
    if (tokens[end] === '>') return end + 1
    at = end
    separator = ','
  }
  return undefined
}
