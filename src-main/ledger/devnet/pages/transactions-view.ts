import type { ChainEntry } from '../chain.ts'
import type { LocalNode } from '../node.ts'
import type { TransactionFilter } from '../types.ts'
import { html, type Html } from './html.ts'
import { type Summary, summaryOf } from './summary.ts'
import { amount, change, type View } from './view.ts'

export const PAGE_SIZE = 15

export interface TransactionList {
  entries: ChainEntry[]
  /** Checkpoint to go on before; undefined at the end. */
  older: number | undefined
}

/** Newest first, `before` a checkpoint. */
export function transactionsBefore(node: LocalNode, filter: TransactionFilter, before?: number): TransactionList {
  const after = before === undefined ? {} : { after: before }
  const found = node.chain.transactions(filter, { ...after, limit: PAGE_SIZE + 1, descending: true })
  const entries = found.slice(0, PAGE_SIZE)
  return { entries, older: found.length > PAGE_SIZE ? entries.at(-1)?.checkpoint : undefined }
}

/** Seen from one account: what a transaction did for it, and who was on the other side. */
export interface Viewpoint {
  address: string
  nanosOf(entry: ChainEntry): bigint
}

/** A list of transactions with its links to older and newest. */
export function transactionList(
  view: View,
  { entries, older }: TransactionList,
  path: string,
  paged: boolean,
  viewpoint?: Viewpoint,
): Html {
  const newest = paged ? html`<a href="${path}">Newest</a>` : undefined
  const more = older === undefined ? undefined : html`<a href="${path}?before=${older}" rel="next">Older</a>`
  const pages = html`<nav class="pages" aria-label="Pages of transactions">${newest}${more}</nav>`
  return html`<ul class="rows">
      ${entries.map((entry) => row(view, entry, viewpoint))}
    </ul>
    ${newest || more ? pages : undefined}`
}

function row(view: View, entry: ChainEntry, viewpoint: Viewpoint | undefined): Html {
  const summary = summaryOf(entry)
  const { title, failed, from, to, nanos } = summary
  const picture = from === viewpoint?.address ? (to[0] ?? from) : from
  const shown = viewpoint ? change(viewpoint.nanosOf(entry)) : nanos > 0n ? amount(nanos) : undefined
  return html`<li>
    <a class="row" href="/transaction/${entry.transaction.digest}">
      ${view.picture(picture)}
      <span class="words">
        <span class="title"
          >${breakable(title)}${failed ? html` <span class="pill bad">Failed</span>` : undefined}</span
        >
        <span class="sub">${names(view, summary, viewpoint?.address)} · ${view.time(entry.time)}</span>
      </span>
      ${shown}
    </a>
  </li>`
}

/** Lets a narrow window break a program's name between its parts. */
function breakable(title: string): Html {
  return html`${title.split('::').map((part, index) => (index === 0 ? part : html`::<wbr />${part}`))}`
}

function names(view: View, { from, to }: Summary, self: string | undefined): Html {
  const [recipient] = to
  const more = to.length > 1 ? ` and ${to.length - 1} more` : ''
  if (self !== undefined && from !== self) return html`from ${view.nameOf(from)}`
  if (recipient === undefined) return html`${self === undefined ? view.nameOf(from) : 'by this account'}`
  if (self !== undefined) return html`to ${view.nameOf(recipient)}${more}`
  return html`${view.nameOf(from)} <span class="arrow" aria-label="to">→</span> ${view.nameOf(recipient)}${more}`
}
