import { readFile } from 'node:fs/promises'
import { ParleyError } from '../../contract/index.ts'

/** Far above any configuration; what is larger is another file. */
const MAX_BYTES = 256 * 1024

interface FlagOptions {
  readonly [name: string]: {
    readonly type: 'string' | 'boolean'
    readonly multiple?: boolean
    readonly default?: unknown
  }
}

/**
 * The arguments with what `--config FILE` says before them: a JSON object whose keys are flags without their dashes, a list for one that
 * may be given again. A flag that is given wins over the file. Throws `not_found` for a file that cannot be read, and
 * `invalid_params` with the place for anything in it that is not understood. `wanted`: what is taken of a file that is for another command too.
 */
export async function withConfigFile(
  args: readonly string[],
  options: FlagOptions,
  wanted: readonly string[] = Object.keys(options),
): Promise<string[]> {
  const { path, rest } = takeConfig(args)
  if (path === undefined) return [...args]
  const given = new Set(rest.filter((arg) => arg.startsWith('--')).map((arg) => arg.slice(2).split('=', 1)[0]))
  const config = await readConfig(path)
  const fromFile: string[] = []
  for (const [key, value] of Object.entries(config)) {
    const option = Object.hasOwn(options, key) ? options[key] : undefined
    if (!option || key === 'config') throw bad(path, `“${key}” is no setting of it. Known are ${known(options)}.`)
    const flags = flagsOf(path, key, value, option)
    if (!given.has(key) && wanted.includes(key)) fromFile.push(...flags)
  }
  return [...fromFile, ...rest]
}

function takeConfig(args: readonly string[]): { path: string | undefined; rest: string[] } {
  const rest = [...args]
  const at = rest.findIndex((arg) => arg === '--config' || arg.startsWith('--config='))
  const flag = rest[at]
  if (flag === undefined) return { path: undefined, rest }
  const [name = '', ...value] = flag.split('=')
  const path = flag === name ? rest[at + 1] : value.join('=')
  if (!path || path.startsWith('--')) throw new ParleyError('invalid_params', '--config needs the name of a file.')
  rest.splice(at, flag === name ? 2 : 1)
  return { path, rest }
}

async function readConfig(path: string): Promise<object> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ParleyError('not_found', `The configuration ${path} cannot be read.`, { cause })
  }
  if (text.length > MAX_BYTES) throw bad(path, 'it is too large.')
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch (cause) {
    throw bad(path, `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config
  throw bad(path, 'it is a JSON object, as { "listen": "0.0.0.0:7400" }.')
}

/** `--key=value`, so that a value may begin with a dash. */
function flagsOf(path: string, key: string, value: unknown, option: FlagOptions[string]): string[] {
  if (option.type === 'boolean') {
    if (typeof value !== 'boolean') throw bad(path, `“${key}” is true or false.`)
    return value ? [`--${key}`] : []
  }
  const values: unknown[] = option.multiple && Array.isArray(value) ? value : [value]
  return values.map((each) => {
    if (typeof each === 'number' && Number.isSafeInteger(each)) return `--${key}=${each}`
    if (typeof each !== 'string')
      throw bad(path, `“${key}” is a text${option.multiple ? ', or a list of texts' : ' or a whole number'}.`)
    return `--${key}=${each}`
  })
}

function known(options: FlagOptions): string {
  return Object.keys(options)
    .filter((name) => name !== 'config')
    .join(', ')
}

function bad(path: string, why: string): ParleyError {
  return new ParleyError('invalid_params', `The configuration ${path} cannot be used: ${why}`)
}
