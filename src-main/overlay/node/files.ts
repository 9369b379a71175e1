import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, makeFolder, type Random, Secret } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { signingKeyFromSeed, type SigningKey } from '../../crypto/index.ts'
import { createTlsCredentials, type TlsCredentials } from '../link/tls.ts'
import type { S2NodeOptions } from './options.ts'

const KEY_FILE = 'node.json'
const DATABASE_FILE = 'node.db'
/** This process's own copy of what stands in a cluster. */
const COPY_FILE = 'cluster.db'
const SEED_BYTES = 32

export interface NodeFiles {
  key: SigningKey
  tls: TlsCredentials
  /** `:memory:` where the node keeps nothing. */
  databasePath: string
  /** The key was made just now: nobody can have anything from it that this node does not know of. */
  isNew?: boolean
  /** Where it kept its state before it had a cluster. */
  ownDatabasePath?: string
}

/**
 * The node's key and TLS certificate, made on the first start (file mode 0600, folder 0700): both are its identity, so
 * a damaged file is refused with `storage_damaged`, never replaced.
 */
export async function openNodeFiles(
  dataDir: string | undefined,
  clock: Clock,
  random: Random,
  { identity, cluster }: Pick<S2NodeOptions, 'identity' | 'cluster'> = {},
): Promise<NodeFiles> {
  if (cluster && dataDir === undefined)
    throw new ParleyError('invalid_params', 'A node of several processes needs a data folder for each.')
  if (dataDir === undefined && identity !== undefined) return { ...(await given(identity)), databasePath: ':memory:' }
  if (dataDir === undefined) return { ...(await create(clock, random)).files, databasePath: ':memory:', isNew: true }
  await makeFolder(dataDir, "node's folder")
  const path = join(dataDir, KEY_FILE)
  const ownDatabasePath = join(dataDir, DATABASE_FILE)
  const databasePath = cluster ? join(dataDir, COPY_FILE) : ownDatabasePath
  // What lies here may be of another node than the one whose identity is given.
  if (identity !== undefined) return { ...(await given(identity)), databasePath }
  const paths = { databasePath, ...(cluster && { ownDatabasePath }) }
  const stored = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new ParleyError('storage_damaged', "The node's key file cannot be read.", { cause: error })
  })
  if (stored !== undefined) {
    await chmod(path, 0o600)
    return { ...parse(stored), ...paths }
  }
  const { files, text } = await create(clock, random)
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
  return { ...files, ...paths, isNew: true }
}

/** An identity that another process of the node has made: it must be there. */
async function given(path: string): Promise<Pick<NodeFiles, 'key' | 'tls'>> {
  try {
    return parse(await readFile(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof ParleyError) throw cause
    throw new ParleyError('invalid_params', "The node's identity file cannot be read.", { cause })
  }
}

async function create(clock: Clock, random: Random) {
  const seed = random.bytes(SEED_BYTES)
  const tls = await createTlsCredentials(clock.now())
  const text = JSON.stringify({ version: 1, seed: Buffer.from(seed).toString('base64'), tls })
  return { files: { key: signingKeyFromSeed(new Secret(seed)), tls }, text }
}

function parse(text: string): { key: SigningKey; tls: TlsCredentials } {
  try {
    const { version, seed, tls } = JSON.parse(text) as { version: number; seed: string; tls: TlsCredentials }
    const bytes = Buffer.from(seed, 'base64')
    if (version !== 1 || bytes.length !== SEED_BYTES || !tls.cert || !tls.key) throw new Error('fields are missing')
    return { key: signingKeyFromSeed(new Secret(bytes)), tls }
  } catch (cause) {
    throw new ParleyError('storage_damaged', "The node's key file is damaged.", { cause })
  }
}
