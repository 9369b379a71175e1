import { utf8 } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { Chain } from './chain.ts'
import type { ChainEntry } from './entry.ts'
import { verifySigners } from './execution/index.ts'
import { addGas, sameGas } from './gas-sums.ts'
import type { GenesisTerms } from './genesis.ts'
import type { MoveMachine } from './move/index.ts'
import { digestBytes, digestText, objectDigest, typedHash } from './objects/index.ts'
import { compareDatabases, damaged, History, LedgerDatabase } from './storage/index.ts'
import type { Checkpoint } from './types.ts'

/** Checkpoints looked at on each start: about 0.2 s. */
const CHECKED_AT_START = 1000

/**
 * A quick look at the newest part of the chain: effects hash to their digests, each checkpoint covers the one before, and
 * the live objects are what those transactions left. Nothing is executed. Throws `storage_damaged`.
 */
export function checkNewest(chain: Chain, database: LedgerDatabase, count = CHECKED_AT_START): void {
  try {
    checkSteps(chain, database, count)
  } catch (cause) {
    throw asDamage(cause)
  }
}

function checkSteps(chain: Chain, database: LedgerDatabase, count: number): void {
  const first = Math.max(1, chain.height - count + 1)
  const written = new Map<string, string | undefined>()
  let previous: Checkpoint | undefined
  for (const { checkpoint, entry } of new History(database).steps(first)) {
    if (previous && checkpoint.number !== previous.number + 1)
      throw damaged('A checkpoint of the local ledger is missing.')
    if (entry) checkEntry(checkpoint, entry)
    if (previous) checkSums(previous, checkpoint, entry)
    for (const { id, before, after } of entry?.execution.changes ?? [])
      if (before || after) written.set(id, after?.digest)
    previous = checkpoint
  }
  for (const [id, digest] of written)
    if (digestNow(chain, id) !== digest) throw damaged(`The object ${id} is not what its last transaction left.`)
}

/** Of what the object holds, whatever digest was kept with it. */
function digestNow(chain: Chain, id: string): string | undefined {
  const object = chain.objects.get(id)
  return object && objectDigest(object)
}

interface Verified {
  /** Transactions executed again. */
  transactions: number
  checkpoints: number
}

/**
 * Checks every signature and executes the whole chain again from its genesis, into a database in memory; compares every
 * checkpoint as it is made and in the end every row of every table but the locks. Throws `storage_damaged` at the first
 * difference.
 */
export async function verifyChain(
  terms: GenesisTerms,
  database: LedgerDatabase,
  machine: MoveMachine,
): Promise<Verified> {
  const fresh = new LedgerDatabase()
  try {
    database.checkIntegrity()
    const chain = new Chain(terms, fresh, machine)
    const transactions = await replayAll(chain, database)
    compareDatabases(fresh, database)
    return { transactions, checkpoints: chain.height + 1 }
  } catch (cause) {
    throw asDamage(cause)
  } finally {
    await fresh.close()
  }
}

/** The file is all that is read here: what else goes wrong comes from values that this program has not written. */
function asDamage(cause: unknown): ParleyError {
  return cause instanceof ParleyError ? cause : damaged('The local ledger holds what cannot be read.', cause)
}

async function replayAll(chain: Chain, database: LedgerDatabase): Promise<number> {
  let transactions = 0
  for (const { checkpoint, entry } of new History(database).steps(1)) {
    if (entry) {
      await replay(chain, entry)
      transactions++
    } else if (checkpoint.number > chain.height) chain.turnEpoch(checkpoint.time)
    // The turn of an epoch makes two checkpoints at once.
    if (chain.checkpoint(checkpoint.number)?.digest !== checkpoint.digest)
      throw damaged(`Checkpoint ${checkpoint.number} is another one when it is made again.`)
  }
  return transactions
}

async function replay(chain: Chain, { transaction, signatures, time, checkpoint }: ChainEntry): Promise<void> {
  try {
    await verifySigners(transaction, signatures)
    chain.apply(transaction, signatures, time)
  } catch (cause) {
    throw damaged(`The transaction of checkpoint ${checkpoint} cannot be executed again.`, cause)
  }
}

function checkSums(previous: Checkpoint, { number, gas }: Checkpoint, entry: ChainEntry | undefined): void {
  const expected = entry ? addGas(previous.gas, entry.execution.gasUsed) : previous.gas
  if (!sameGas(gas, expected)) throw damaged(`The sums of checkpoint ${number} are not those of its transactions.`)
}

function checkEntry({ number, digest, previousDigest, time }: Checkpoint, { execution }: ChainEntry): void {
  const { bytes, digest: effects } = execution.effects
  if (digestText(typedHash('TransactionEffects', bytes)) !== effects)
    throw damaged(`The effects in checkpoint ${number} are not those of its digest.`)
  if (previousDigest === undefined) throw damaged(`The checkpoint before ${number} is missing.`)
  const made = typedHash('LocalCheckpoint', digestBytes(previousDigest), digestBytes(effects), utf8(String(time)))
  if (digestText(made) !== digest) throw damaged(`Checkpoint ${number} does not cover what it holds.`)
}
