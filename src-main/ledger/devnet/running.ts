import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret } from '../../base/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import { addressOfPublicKey } from '../../wire/index.ts'
import { Chain } from './chain.ts'
import { Faucet, FaucetHttp } from './faucet/index.ts'
import { LocalNode } from './node.ts'
import { LedgerServer } from './server.ts'
import { type Genesis, Journal, lockFolder, newGenesis, readGenesis, writeGenesis } from './storage/index.ts'
import type { DevnetAddress, DevnetOptions } from './types.ts'

const JOURNAL_NAME = 'journal'

/** A local ledger that answers, and how to stop it. */
export interface RunningDevnet {
  address: DevnetAddress
  node: LocalNode
  stop(): Promise<void>
}

type Cleanup = () => Promise<void>

/** Opens or makes the data folder, replays it, and listens. What was opened is closed again when a step fails. */
export async function runDevnet(
  options: Required<Pick<DevnetOptions, 'random'>> & DevnetOptions,
): Promise<RunningDevnet> {
  const cleanups: Cleanup[] = []
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  try {
    const { genesis, journal, records } = await openStorage(options, cleanups)
    const key = signingKeyFromSeed(new Secret(genesis.faucetSeed))
    const chain = new Chain(addressOfPublicKey(key.publicKey), genesis.createdAt)
    for (const record of records) chain.replay(record)
    const node = new LocalNode(chain, journal, options.clock)
    const faucet = new FaucetHttp(new Faucet(node, key, options.clock))
    const server = new LedgerServer({ node, faucet, log: options.log })
    const url = await server.start(options.listen, options.port)
    cleanups.push(() => server.stop())
    options.log.info({ url, chain: chain.identifier, transactions: chain.height }, 'local ledger, tokens have no value')
    return { address: { rpc: url, faucet: url, chain: chain.identifier }, node, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openStorage(options: Required<Pick<DevnetOptions, 'random'>> & DevnetOptions, cleanups: Cleanup[]) {
  const fresh = () => newGenesis(options.clock.now(), options.random, options.genesisSeed)
  const folder = options.dataDir
  if (folder === undefined) return { genesis: fresh(), journal: undefined, records: [] }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  cleanups.push(await lockFolder(folder))
  const genesis = (await readGenesis(folder)) ?? (await keep(folder, fresh()))
  const { journal, records } = await Journal.open(join(folder, JOURNAL_NAME))
  cleanups.push(() => journal.close())
  return { genesis, journal, records }
}

async function keep(folder: string, genesis: Genesis): Promise<Genesis> {
  await writeGenesis(folder, genesis)
  return genesis
}
