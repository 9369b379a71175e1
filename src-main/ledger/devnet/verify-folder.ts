import { join } from 'node:path'
import { Secret } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import { addressOfPublicKey } from '../../wire/index.ts'
import { verifyChain } from './check.ts'
import { chainIdentifierOf, type GenesisTerms } from './genesis.ts'
import { createMoveMachine } from './move/index.ts'
import { DATABASE_NAME, type Genesis, LedgerDatabase, lockFolder, readGenesis } from './storage/index.ts'
import type { VerifiedLedger } from './types.ts'

/**
 * Executes everything in a data folder again and compares it with what was kept. Nothing may run on the folder meanwhile
 * (`conflict`). Throws `not_found` for a folder without a ledger and `storage_damaged` at the first difference.
 */
export async function verifyFolder(dataDir: string): Promise<VerifiedLedger> {
  const genesis = await readGenesis(dataDir)
  if (!genesis) throw new ParleyError('not_found', 'There is no local ledger in this folder.')
  const release = await lockFolder(dataDir)
  try {
    return await verifyDatabase(new LedgerDatabase(join(dataDir, DATABASE_NAME)), termsOf(genesis))
  } finally {
    await release()
  }
}

/** What the chain follows from. */
export function termsOf({ faucetSeed, createdAt, modules }: Genesis): GenesisTerms {
  const { publicKey } = signingKeyFromSeed(new Secret(faucetSeed))
  return { richAddress: addressOfPublicKey(publicKey), time: createdAt, ...(modules && { modules }) }
}

async function verifyDatabase(database: LedgerDatabase, terms: GenesisTerms): Promise<VerifiedLedger> {
  try {
    return { chain: chainIdentifierOf(terms.richAddress), ...(await verifyChain(terms, database, createMoveMachine())) }
  } finally {
    await database.close()
  }
}
