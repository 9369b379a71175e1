import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, Secret } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import build from '../../../resources/move/build.json' with { type: 'json' }
import { Chain } from './chain.ts'
import { checkNewest } from './check.ts'
import { Faucet, FaucetHttp } from './faucet/index.ts'
import { createMoveMachine } from './move/index.ts'
import { LocalNode } from './node.ts'
import { Pages } from './pages/index.ts'
import { LedgerServer } from './server.ts'
import {
  DATABASE_NAME,
  type Genesis,
  LedgerDatabase,
  lockFolder,
  newGenesis,
  readGenesis,
  writeGenesisFile,
} from './storage/index.ts'
import type { DevnetAddress, DevnetOptions } from './types.ts'
import { termsOf } from './verify-folder.ts'

/** What earlier versions kept the chain in. */
const JOURNAL_NAME = 'journal'

/** A local ledger that answers, and how to stop it. */
export interface RunningDevnet {
  address: DevnetAddress
  node: LocalNode
  stop(): Promise<void>
}

type Cleanup = () => void | Promise<void>
type Options = Required<Pick<DevnetOptions, 'random'>> & DevnetOptions

/** Opens or makes the data folder and listens. What was opened is closed again when a step fails. */
export async function runDevnet(options: Options): Promise<RunningDevnet> {
  const cleanups: Cleanup[] = []
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  try {
    const { genesis, database } = await openStorage(options, cleanups)
    const key = signingKeyFromSeed(new Secret(genesis.faucetSeed))
    const chain = new Chain(termsOf(genesis), database, createMoveMachine())
    checkNewest(chain, database)
    const node = new LocalNode(chain, database, options)
    const faucet = new Faucet(node, key, options.clock)
    const pages = new Pages({ node, faucet, clock: options.clock, kept: options.dataDir !== undefined })
    const server = new LedgerServer({ node, faucet: new FaucetHttp(faucet), pages, log: options.log })
    const url = await server.start(options.listen, options.port)
    cleanups.push(() => server.stop())
    node.start()
    cleanups.push(() => node.stop())
    const { identifier, transactionCount } = chain
    options.log.info({ url, chain: identifier, transactions: transactionCount }, 'local ledger, tokens have no value')
    return { address: { rpc: url, faucet: url, chain: identifier }, node, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openStorage(
  options: Options,
  cleanups: Cleanup[],
): Promise<{ genesis: Genesis; database: LedgerDatabase }> {
  const { genesisSeed: faucetSeed, withPackage = true } = options
  const given = { ...(faucetSeed && { faucetSeed }), ...(withPackage && { modules: ownPackage() }) }
  const fresh = () => newGenesis(options.clock.now(), options.random, given)
  const folder = options.dataDir
  if (folder === undefined) return { genesis: fresh(), database: opened(new LedgerDatabase(), cleanups) }
  await makeFolder(folder, 'data folder')
  cleanups.push(await lockFolder(folder))
  await refuseJournal(folder)
  const genesis = (await readGenesis(folder)) ?? (await keep(folder, fresh()))
  return { genesis, database: opened(new LedgerDatabase(join(folder, DATABASE_NAME)), cleanups) }
}

/** The project's own package, as it was compiled last. */
function ownPackage(): Uint8Array[] {
  return build.modules.map((module) => new Uint8Array(Buffer.from(module, 'base64')))
}

function opened(database: LedgerDatabase, cleanups: Cleanup[]): LedgerDatabase {
  cleanups.push(() => database.close())
  return database
}

async function keep(folder: string, genesis: Genesis): Promise<Genesis> {
  await writeGenesisFile(folder, genesis)
  return genesis
}

/** A chain in the old form is neither read nor overwritten. */
async function refuseJournal(folder: string): Promise<void> {
  if (!(await exists(join(folder, JOURNAL_NAME)))) return
  throw new ParleyError(
    'unsupported_version',
    'This data folder holds a local ledger of an earlier version of Parley. Choose a new folder; nothing was changed.',
  )
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
