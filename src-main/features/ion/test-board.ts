import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { newPerson, type Person } from '../../ledger/testing/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { createMemoBoard, type MemoBoard, type MemoPayer } from './index.ts'

export interface TestBoard {
  person: Person
  board: MemoBoard & { stop(): void }
  store: Store
  close(): void
}

/** Pays without a wallet: one record after the other. */
export function testPayer(ledger: Ledger, person: Person): MemoPayer {
  let last: Promise<unknown> = Promise.resolve()
  const prepare = (to: string, nanos: bigint, memo: Uint8Array) =>
    ledger.prepareTransfer({ from: person.address, to, nanos, memo })
  return {
    sendMemo: (to, nanos, memo) => {
      const sent = last.then(async () => {
        const transfer = await prepare(to, nanos, memo)
        await person.submit(ledger, transfer)
        return { digest: transfer.digest, fee: transfer.fee, state: 'done' as const }
      })
      last = sent.catch(() => {})
      return sent
    },
    onSettled: () => () => {},
    resume: async () => {},
    memoFee: async (bytes) => (await prepare(person.address, 1n, new Uint8Array(bytes))).fee,
  }
}

/** A board of a new person with an own database; with tokens unless told. */
export async function openTestBoard(
  ledger: Ledger,
  options: { allowed?: () => boolean; clock?: Clock; poor?: boolean; folder?: string; person?: Person } = {},
): Promise<TestBoard> {
  const person = options.person ?? newPerson()
  if (!options.poor && !options.person) await ledger.faucet(person.address)
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'parley-ion-'))
  const clock = options.clock ?? systemClock
  const key = new Secret(new Uint8Array(32).fill(7))
  const store = openStore({ file: join(folder, 'parley.db'), key, clock, log: silentLog })
  const common = { clock, random: systemRandom, log: silentLog }
  const board = createMemoBoard({
    ledger,
    payer: testPayer(ledger, person),
    store,
    allowed: options.allowed ?? (() => true),
    local: true,
    ...common,
  })
  const close = () => {
    board.stop()
    store.close()
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
  return { person, board, store, close }
}
