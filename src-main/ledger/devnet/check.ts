import { utf8 } from '../../base/index.ts'
import type { Chain } from './chain.ts'
import type { ChainEntry } from './entry.ts'
import { verifySigners } from './execution/index.ts'
import type { GenesisTerms } from './genesis.ts'
import type { MoveMachine } from './move/index.ts'
import { digestBytes, digestText, objectDigest, ObjectTable, typedHash } from './objects/index.ts'
import { LedgerState } from './state.ts'
import { damaged, History, type LedgerDatabase, loadObjects } from './storage/index.ts'
import type { Checkpoint } from './types.ts'

/** Checkpoints looked at on each start: about 0.2 s. */
const CHECKED_AT_START = 1000

/**
 * A quick look at the newest part of the chain: effects hash to their digests, each checkpoint covers the one before, and
 * the live objects are what those transactions left. Nothing is executed. Throws `storage_damaged`.
 */
export function checkNewest(chain: Chain, database: LedgerDatabase, count = CHECKED_AT_START): void {
  const first = Math.max(1, chain.height - count + 1)
  const written = new Map<string, string | undefined>()
  let previous: Checkpoint | undefined
  for (const { checkpoint, entry } of new History(database).steps(first)) {
    if (previous && checkpoint.number !== previous.number + 1)
      throw damaged('A checkpoint of the local ledger is missing.')
    if (entry) checkEntry(checkpoint, entry)
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
 * Checks every signature and executes the whole chain again from its genesis; compares every effects digest, every
 * checkpoint and in the end every object with what is kept. Throws `storage_damaged` at the first difference.
 */
export async function verifyChain(
  terms: GenesisTerms,
  database: LedgerDatabase,
  machine: MoveMachine,
): Promise<Verified> {
  database.checkIntegrity()
  const state = LedgerState.genesis(terms, new ObjectTable(), machine)
  let transactions = 0
  for (const { checkpoint, entry } of new History(database).steps(1)) {
    if (checkpoint.number !== state.head.checkpoint.number && entry) await replay(state, entry)
    else if (checkpoint.endOfEpoch) state.turnEpoch(checkpoint.time)
    if (entry) transactions++
    // The turn of an epoch makes two checkpoints at once; its second one is compared when it comes.
    const { head } = state
    const made = checkpoint.endOfEpoch ? head.checkpoint.previousDigest : head.checkpoint.digest
    if (made !== checkpoint.digest)
      throw damaged(`Checkpoint ${checkpoint.number} is another one when it is made again.`)
  }
  compareObjects(state.objects, loadObjects(database))
  return { transactions, checkpoints: state.head.checkpoint.number + 1 }
}

async function replay(
  state: LedgerState,
  { transaction, signatures, execution, time, checkpoint }: ChainEntry,
): Promise<void> {
  let digest: string
  try {
    await verifySigners(transaction, signatures)
    digest = state.apply(transaction, time).execution.effects.digest
  } catch (cause) {
    throw damaged(`The transaction of checkpoint ${checkpoint} cannot be executed again.`, cause)
  }
  if (digest !== execution.effects.digest)
    throw damaged(`The transaction of checkpoint ${checkpoint} has other effects than when it was executed.`)
}

function compareObjects(made: ObjectTable, kept: ObjectTable): void {
  const differs = [...made.values()].find(({ id, digest }) => kept.get(id)?.digest !== digest)
  if (differs) throw damaged(`The object ${differs.id} is another one when the chain is executed again.`)
  if (made.size !== kept.size) throw damaged('The local ledger holds objects that no transaction has made.')
}

function checkEntry({ number, digest, previousDigest, time }: Checkpoint, { execution }: ChainEntry): void {
  const { bytes, digest: effects } = execution.effects
  if (digestText(typedHash('TransactionEffects', bytes)) !== effects)
    throw damaged(`The effects in checkpoint ${number} are not those of its digest.`)
  if (previousDigest === undefined) throw damaged(`The checkpoint before ${number} is missing.`)
  const made = typedHash('LocalCheckpoint', digestBytes(previousDigest), digestBytes(effects), utf8(String(time)))
  if (digestText(made) !== digest) throw damaged(`Checkpoint ${number} does not cover what it holds.`)
}
