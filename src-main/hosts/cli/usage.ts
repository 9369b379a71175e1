import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

/** What was typed cannot be understood: exit code 2 and this one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** `parseArgs` with its complaints as one clear line. `positionals` is the number allowed. */
export function readArgs<T extends ParseArgsOptionsConfig>(args: string[], options: T, positionals = 0) {
  try {
    const parsed = parseArgs({ args, options, strict: true, allowPositionals: true })
    const extra = parsed.positionals[positionals]
    if (extra !== undefined) throw new UsageError(`“${extra}” is not expected here.`)
    return parsed
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(error instanceof Error ? firstSentence(error.message) : String(error))
  }
}

/** The value, or a complaint that names the option. */
export function required(value: string | undefined, option: string): string {
  if (value) return value
  throw new UsageError(`${option} is missing.`)
}

function firstSentence(message: string): string {
  const ambiguous = /Option '(--[a-z0-9-]+)' argument is ambiguous/.exec(message)
  if (ambiguous) return `${ambiguous[1]} has no value, or one that begins with a dash; write ${ambiguous[1]}=VALUE.`
  return message.split(/\.\s|\n/)[0]?.replace(/\.?$/, '.') ?? message
}
