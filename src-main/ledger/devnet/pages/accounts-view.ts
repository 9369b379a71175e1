import type { Account } from './accounts.ts'
import { counted, grouped } from './format.ts'
import { html, type Html } from './html.ts'
import type { PageContent } from './layout.ts'
import { amount, type View } from './view.ts'

const PAGE_SIZE = 25

export function accountRows(view: View, accounts: readonly Account[]): Html {
  return html`<ul class="rows">
    ${accounts.map((account) => row(view, account))}
  </ul>`
}

/** Page `number` from 1 of all accounts, richest first. */
export function accountsPage(view: View, all: readonly Account[], number: number): PageContent {
  const last = Math.max(1, Math.ceil(all.length / PAGE_SIZE))
  const current = Math.min(Math.max(1, number), last)
  const shown = all.slice((current - 1) * PAGE_SIZE, current * PAGE_SIZE)
  const link = (page: number, words: string) => html`<a href="/accounts?page=${page}">${words}</a>`
  const body = html`<h1>Accounts</h1>
    <section class="card" aria-label="Accounts, richest first">
      ${accountRows(view, shown)}
      ${
        last > 1
          ? html`<nav class="pages" aria-label="Pages of accounts">
              ${current > 1 ? link(current - 1, 'Previous') : undefined}
              <span>Page ${grouped(current)} of ${grouped(last)}</span
              >${current < last ? link(current + 1, 'Next') : undefined}
            </nav>`
          : undefined
      }
    </section>`
  return { title: 'Accounts', body }
}

function row(view: View, { address, nanos, coins }: Account): Html {
  return html`<li>
    <a class="row" href="/account/${address}">
      ${view.picture(address)}
      <span class="words"
        ><span class="title">${view.nameOf(address)}</span><span class="sub">${counted(coins, 'coin')}</span></span
      >
      ${amount(nanos)}</a
    >
  </li>`
}
