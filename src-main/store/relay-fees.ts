import type { Database } from './database.ts'
import type { RelayCreditRow, RelayFeeRepository, RelayUse, RelayUseRow } from './relay-fee-types.ts'
import { nullable, optional } from './rows.ts'

interface StoredUse {
  node: string
  meter: string
  relayed: string
  stored: string
  promised: string
  due: string
  since_relayed: string
  since_stored: string
  open_relayed: string
  open_stored: string
}
interface StoredCredit {
  digest: string
  channel: string | null
  node: string
  state: RelayCreditRow['state']
  owner: string
  package: string
  window_ms: number
  deposited: string
  paid: string
  closes_at: number
  at: number
}

export function relayFeeRepository(database: Database): RelayFeeRepository {
  const use = database.prepare<StoredUse>('SELECT * FROM relay_use WHERE node = ?')
  const saveUse = database.prepare('INSERT OR REPLACE INTO relay_use VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const credits = database.prepare<StoredCredit>('SELECT * FROM relay_credits ORDER BY at DESC, digest')
  const saveCredit = database.prepare('INSERT OR REPLACE INTO relay_credits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  return {
    use: (node) => use.all(node).map(toUse)[0],
    saveUse: ({ node, meter, relayedBytes, storedByteMs, promised, due, since, open }) => {
      const parts = [since.relayedBytes, since.storedByteMs, open.relayedBytes, open.storedByteMs]
      saveUse.run(node, ...[meter, relayedBytes, storedByteMs, promised, due, ...parts].map(String))
    },
    credits: () => credits.all().map(toCredit),
    saveCredit: (row) => {
      const first = [row.digest, nullable(row.channel), row.node, row.state, row.owner, row.packageId] as const
      const sums = [String(row.deposited), String(row.paid)] as const
      saveCredit.run(...first, row.windowMs, ...sums, row.closesAt, row.at)
    },
  }
}

function toUse(stored: StoredUse): RelayUseRow {
  return {
    node: stored.node,
    meter: BigInt(stored.meter),
    ...useOf(stored.relayed, stored.stored),
    promised: BigInt(stored.promised),
    due: BigInt(stored.due),
    since: useOf(stored.since_relayed, stored.since_stored),
    open: useOf(stored.open_relayed, stored.open_stored),
  }
}

function useOf(relayed: string, stored: string): RelayUse {
  return { relayedBytes: BigInt(relayed), storedByteMs: BigInt(stored) }
}

function toCredit(stored: StoredCredit): RelayCreditRow {
  const { digest, node, state, owner, at } = stored
  return {
    digest,
    channel: optional(stored.channel),
    node,
    state,
    owner,
    packageId: stored.package,
    windowMs: stored.window_ms,
    deposited: BigInt(stored.deposited),
    paid: BigInt(stored.paid),
    closesAt: stored.closes_at,
    at,
  }
}
