import { duration, grouped } from './format.ts'
import type { AccountList } from './accounts.ts'
import { accountRows } from './accounts-view.ts'
import { type FaucetForm, faucetForm } from './faucet-form.ts'
import type { StorageState } from './health.ts'
import { html, type Html } from './html.ts'
import type { PageContent } from './layout.ts'
import { type TransactionList, transactionList } from './transactions-view.ts'
import type { PageParts } from './types.ts'
import { code, fact, type View } from './view.ts'

const ACCOUNTS_SHOWN = 8
const STORAGE: Record<StorageState, string> = {
  disk: 'Kept on disk',
  memory: 'In memory only',
  failed: 'The disk refuses',
}

export interface HomeState {
  transactions: TransactionList
  /** Not the first page of them. */
  paged: boolean
  accounts: AccountList
  storage: StorageState
  startedAt: number
  form: FaucetForm
}

export function homePage({ node }: PageParts, view: View, state: HomeState): PageContent {
  const { transactions, paged, accounts, form } = state
  const all = accounts.all()
  const body = html`<section class="intro">
      <h1>A ledger to try things on</h1>
      <p>
        It runs on this machine and behaves like a node of the IOTA network: the same transactions, signatures and fees.
        It is not that network, and <strong>its tokens have no value</strong>.
      </p>
    </section>
    ${facts(node, view, state)}
    <section class="card" aria-labelledby="faucet-title">
      <h2 id="faucet-title">Get tokens</h2>
      ${faucetForm(form)}
    </section>
    <div class="columns">
      <section class="card" aria-labelledby="transactions-title">
        <h2 id="transactions-title">Transactions</h2>
        ${transactions.entries.length > 0 ? transactionList(view, transactions, '/', paged) : noTransactions()}
      </section>
      <section class="card" aria-labelledby="accounts-title">
        <h2 id="accounts-title">Accounts</h2>
        ${
          all
            ? html`${accountRows(view, all.slice(0, ACCOUNTS_SHOWN))}
              ${all.length > ACCOUNTS_SHOWN ? html`<nav class="pages"><a href="/accounts">All ${grouped(all.length)} accounts</a></nav>` : undefined}`
            : html`<p class="empty">There are too many to list. Find one by its address.</p>`
        }
      </section>
    </div>`
  return { title: 'Overview', body }
}

function facts({ chain }: PageParts['node'], view: View, { storage, startedAt }: HomeState): Html {
  return html`<dl class="facts">
    ${fact('Chain', code(chain.identifier))} ${fact('Epoch', grouped(chain.epoch))}
    ${fact('Transactions', grouped(chain.transactionCount))} ${fact('Running for', duration(view.now - startedAt))}
    ${fact('Storage', STORAGE[storage])}
  </dl>`
}

function noTransactions(): Html {
  return html`<p class="empty">None yet. Send yourself tokens above, and the first one appears here.</p>`
}
