import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../../../resources/move/parley/sources')

/** The package's sources by module. */
export const sources: ReadonlyMap<string, string> = new Map(
  readdirSync(folder).map((file) => [file.replace('.move', ''), readFileSync(join(folder, file), 'utf8')]),
)

/** Every `const E…` of the sources by `module::name`. */
export const abortCodes: ReadonlyMap<string, bigint> = new Map(
  matches(/const (E\w+): u64 = (\d+);/g).map(([name, code]) => [name, BigInt(code)]),
)

/** Every function that a transaction can call. */
export const publicFunctions: readonly string[] = matches(/public fun (\w+)(.)/g).map(([name]) => name)

function matches(pattern: RegExp): [string, string][] {
  return [...sources].flatMap(([module, text]) =>
    [...text.matchAll(pattern)].map(([, name, value = '']): [string, string] => [`${module}::${name}`, value]),
  )
}
