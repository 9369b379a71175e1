import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { fromHex, type Random, toHex } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import { syncFolder } from './sync-folder.ts'

const GENESIS_NAME = 'genesis.json'
const SEED_BYTES = 32
/** The package has two. */
const MAX_MODULES = 64

const genesisSchema = v.strictObject({
  version: v.literal(1),
  note: v.string(),
  /** Seed of the faucet's key; the chain follows from it. */
  faucetSeed: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  createdAt: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Base64; kept, so that the chain can be executed again when the project's own package is another one. */
  modules: v.optional(v.pipe(v.array(v.pipe(v.string(), v.base64())), v.minLength(1), v.maxLength(MAX_MODULES))),
})

export interface Genesis {
  faucetSeed: Uint8Array
  /** Milliseconds since 1970. */
  createdAt: number
  /** Compiled modules of the package that the chain begins with. */
  modules?: readonly Uint8Array[]
}

/** A new chain: random unless the seed is given. */
export function newGenesis(
  now: number,
  random: Random,
  given: Partial<Pick<Genesis, 'faucetSeed' | 'modules'>>,
): Genesis {
  return { faucetSeed: random.bytes(SEED_BYTES), ...given, createdAt: now }
}

/** Reads the chain's beginning from the folder; undefined where there is none. `storage_damaged` when unreadable. */
export async function readGenesis(folder: string): Promise<Genesis | undefined> {
  let text: string
  try {
    text = await readFile(join(folder, GENESIS_NAME), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { faucetSeed, createdAt, modules } = v.parse(genesisSchema, JSON.parse(text))
    const bytecode = modules?.map((module) => new Uint8Array(Buffer.from(module, 'base64')))
    return { faucetSeed: fromHex(faucetSeed), createdAt, ...(bytecode && { modules: bytecode }) }
  } catch (cause) {
    throw new ParleyError('storage_damaged', "The local ledger's genesis file cannot be read.", { cause })
  }
}

/** Writes it durably and at once: a kill leaves either nothing or the whole file. */
export async function writeGenesisFile(folder: string, genesis: Genesis): Promise<void> {
  const path = join(folder, GENESIS_NAME)
  const content = {
    version: 1,
    note: 'A local ledger for development. Its tokens have no value.',
    faucetSeed: toHex(genesis.faucetSeed),
    createdAt: genesis.createdAt,
    ...(genesis.modules && { modules: genesis.modules.map((module) => Buffer.from(module).toString('base64')) }),
  }
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(content, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(dirname(path))
}
