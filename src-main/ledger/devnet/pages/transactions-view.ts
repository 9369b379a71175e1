import type { ChainEntry } from '../chain.ts'
import type { LocalNode } from '../node.ts'
import type { TransactionFilter } from '../types.ts'
import { html, type Html } from './html.ts'
import { summaryOf } from './summary.ts'
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

/** A list of transactions with its links to older and newest; `nanosOf` shows what each did for one account. */
export function transactionList(
  view: View,
  { entries, older }: TransactionList,
  path: string,
  paged: boolean,
  nanosOf?: (entry: ChainEntry) => bigint,
): Html {
  const newest = paged ? html`<a href="${path}">Newest</a>` : undefined
  const more = older === undefined ? undefined : html`<a href="${path}?before=${older}" rel="next">Older</a>`
  return html`<ul class="rows">
      ${entries.map((entry) => row(view, entry, nanosOf?.(entry)))}
    </ul>
    ${newest || more ? html`<nav class="pages" aria-label="Pages of transactions">${newest}${more}</nav>` : undefined}`
}

function row(view: View, entry: ChainEntry, nanos: bigint | undefined): Html {
  const { title, failed, from, to, nanos: paid } = summaryOf(entry)
  const [recipient] = to
  const names =
    recipient === undefined
      ? html`${view.nameOf(from)}`
      : html`${view.nameOf(from)} <span class="arrow" aria-label="to">→</span> ${view.nameOf(recipient)}${
            to.length > 1 ? ` and ${to.length - 1} more` : undefined
          }`
  const shown = nanos === undefined ? (paid > 0n ? amount(paid) : undefined) : change(nanos)
  return html`<li>
    <a class="row" href="/transaction/${entry.transaction.digest}">
      ${view.picture(from)}
      <span class="words"
        ><span class="title">${title}${failed ? html` <span class="pill bad">Failed</span>` : undefined}</span>
        <span class="sub">${names} · ${view.time(entry.time)}</span></span
      >
      ${shown}</a
    >
  </li>`
}
