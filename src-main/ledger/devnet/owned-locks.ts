import { type Clock, sleep } from '../../base/index.ts'
import { InvalidTransaction, type LedgerTransaction } from './execution/index.ts'
import { addLocks, type LedgerDatabase, readLocks } from './storage/index.ts'

/** How long validators are imagined to disagree: both of two rivals that come within it are lost. */
const VOTE_MS = 100

interface OwnedVersion {
  id: string
  version: bigint
}

/**
 * Which owned object versions are lost until the epoch turns. A real network loses them when its validators have signed
 * different transactions over one version, so that none has a quorum. One node cannot disagree with itself: without the
 * test switch the first transaction wins and nothing is ever locked. With it, every transaction waits a moment for rivals.
 */
export class OwnedLocks {
  readonly #database: LedgerDatabase
  readonly #clock: Clock
  readonly #equivocation: boolean
  readonly #locked: Set<string>
  /** Transactions that wait, by the versions that they want. */
  readonly #wanted = new Map<string, string>()

  constructor(database: LedgerDatabase, clock: Clock, equivocation: boolean) {
    this.#database = database
    this.#clock = clock
    this.#equivocation = equivocation
    this.#locked = new Set(readLocks(database).map(keyOf))
  }

  /** Waits for rivals where they are looked for. Throws InvalidTransaction when there was one. */
  async vote(transaction: LedgerTransaction): Promise<void> {
    if (!this.#equivocation) return
    this.check(transaction)
    const owned = ownedVersions(transaction)
    const rivals = owned.filter((each) => {
      const other = this.#wanted.get(keyOf(each))
      return other !== undefined && other !== transaction.digest
    })
    if (rivals.length > 0) this.#lock(rivals)
    this.check(transaction)
    const claimed = owned.filter((each) => !this.#wanted.has(keyOf(each)))
    for (const each of claimed) this.#wanted.set(keyOf(each), transaction.digest)
    await sleep(this.#clock, VOTE_MS)
    for (const each of claimed) this.#wanted.delete(keyOf(each))
    this.check(transaction)
  }

  /** Throws InvalidTransaction, as a node does, when an input is locked. */
  check(transaction: LedgerTransaction): void {
    if (this.#locked.size === 0) return
    const locked = ownedVersions(transaction).find((each) => this.#locked.has(keyOf(each)))
    if (locked)
      throw new InvalidTransaction(
        `Failed to sign transaction by a quorum of validators because one or more of its objects is equivocated until the next epoch: object ${locked.id}, version ${locked.version}`,
      )
  }

  /** A new epoch begins: the database has forgotten them already. */
  clear(): void {
    this.#locked.clear()
  }

  #lock(versions: readonly OwnedVersion[]): void {
    for (const each of versions) this.#locked.add(keyOf(each))
    addLocks(this.#database, versions)
  }
}

function ownedVersions({ inputs, gas }: LedgerTransaction): OwnedVersion[] {
  const owned = inputs.flatMap((input) => input.Object?.ImmOrOwnedObject ?? [])
  return [...gas.payment, ...owned].map(({ objectId, version }) => ({ id: objectId, version: BigInt(version) }))
}

function keyOf({ id, version }: OwnedVersion): string {
  return `${id}@${version}`
}
