import { ParleyError, type WalletAccount } from '../../contract/index.ts'
import type { AccountRow } from '../../store/index.ts'
import { checksummed } from '../../wire/index.ts'
import type { WalletParts } from './types.ts'

/** Each account is asked for on the ledger by one loop: more than these would make it slow, and nobody tells them apart. */
const MOST_ACCOUNTS = 32

/** The accounts of one recovery phrase that the user took into use: 0 is the identity, the others follow. */
export class Accounts {
  readonly #parts: Pick<WalletParts, 'store' | 'signerOf' | 'self'>
  #names: Map<string, string> | undefined

  constructor(parts: Pick<WalletParts, 'store' | 'signerOf' | 'self'>) {
    this.#parts = parts
  }

  /** Writes account 0 down where this data set does not have it yet. */
  open(): void {
    const { store, self } = this.#parts
    if (!store.accounts.get(0)) store.accounts.add({ index: 0, address: self.address, name: self.name })
  }

  list(): WalletAccount[] {
    return this.rows().map(view)
  }

  rows(): AccountRow[] {
    return this.#parts.store.accounts.list()
  }

  /** Throws `not_found`. */
  get(index: number): AccountRow {
    const row = this.#parts.store.accounts.get(index)
    if (!row) throw new ParleyError('not_found', `There is no account ${index} in this wallet.`)
    return row
  }

  async add(name: string | undefined): Promise<WalletAccount> {
    const { store, signerOf } = this.#parts
    const index = this.rows().length
    if (index >= MOST_ACCOUNTS) throw new ParleyError('too_large', `A wallet has at most ${MOST_ACCOUNTS} accounts.`)
    const { address } = await signerOf(index)
    // Two calls at once meet here again: the second one finds the index taken.
    if (store.accounts.get(index)) return this.add(name)
    this.#names = undefined
    store.accounts.add({ index, address, name: name ?? `Account ${index + 1}` })
    return view(this.get(index))
  }

  rename(index: number, name: string): WalletAccount {
    this.get(index)
    this.#parts.store.accounts.rename(index, name)
    this.#names = undefined
    return view(this.get(index))
  }

  /** The user's name for an address of its own. */
  nameOf(address: string): string | undefined {
    this.#names ??= new Map(this.rows().map((row) => [row.address, row.name]))
    return this.#names.get(address)
  }
}

function view({ index, address, name }: AccountRow): WalletAccount {
  return { index, address, checksummed: checksummed(address), name }
}
