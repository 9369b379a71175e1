import { chmod, open, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { ParleyError } from '../../contract/index.ts'

/** One JSON file of a node's folder (mode 0600), replaced as a whole: a kill leaves the old one or the new one. */
export class JsonFile<T> {
  readonly #folder: string | undefined
  readonly #name: string
  readonly #schema: v.GenericSchema<unknown, T>
  #inMemory: unknown

  /** Without a folder it lasts as long as this object. */
  constructor(folder: string | undefined, name: string, schema: v.GenericSchema<unknown, T>) {
    this.#folder = folder
    this.#name = name
    this.#schema = schema
  }

  /** Undefined where there is none. Throws `storage_damaged` for what cannot be read. */
  async read(): Promise<T | undefined> {
    if (this.#folder === undefined)
      return this.#inMemory === undefined ? undefined : v.parse(this.#schema, this.#inMemory)
    const path = join(this.#folder, this.#name)
    try {
      const text = await readFile(path, 'utf8')
      await chmod(path, 0o600)
      return v.parse(this.#schema, JSON.parse(text))
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
      const isAnothers =
        cause instanceof Error && 'code' in cause && (cause.code === 'EACCES' || cause.code === 'EPERM')
      const why = isAnothers ? 'belongs to another user than the node: give it back with chown' : 'cannot be read'
      throw new ParleyError('storage_damaged', `The node's file ${this.#name} ${why}.`, { cause })
    }
  }

  /** Resolves when it is durable. `value` is plain JSON. */
  async write(value: object): Promise<void> {
    if (this.#folder === undefined) return void (this.#inMemory = structuredClone(value))
    const path = join(this.#folder, this.#name)
    await writeFile(`${path}.new`, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
    // Windows cannot flush a folder, and does not need it.
    if (process.platform === 'win32') return
    const folder = await open(this.#folder, 'r')
    await folder.sync().finally(() => folder.close())
  }
}

/** Decimal digits, as JSON has no large numbers. */
export const u64Text = v.pipe(
  v.string(),
  v.regex(/^\d{1,20}$/),
  v.transform((text) => BigInt(text)),
)
export const idText = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/))
export const keyText = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
export const bytesText = v.pipe(
  v.string(),
  v.base64(),
  v.transform((text): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))),
)

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
