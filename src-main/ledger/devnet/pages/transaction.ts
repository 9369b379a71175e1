import { fromBase64 } from '@iota/bcs'
import type { ChainEntry } from '../chain.ts'
import type { ObjectChange } from '../execution/index.ts'
import type { LocalNode } from '../node.ts'
import { canonicalType, IOTA_TYPE, moveTypeOf, ownerAddress } from '../objects/index.ts'
import { balanceChanges } from '../rpc/index.ts'
import { eventCard } from './event-card.ts'
import { bytes, counted, grouped, moment, short, typeName } from './format.ts'
import { html, type Html } from './html.ts'
import type { PageContent } from './layout.ts'
import { objectLink } from './object.ts'
import { commandWords, failureWords, summaryOf } from './summary.ts'
import { amount, change, code, fact, state, type View } from './view.ts'

const FULL_IOTA_TYPE = canonicalType(IOTA_TYPE)
const LIST_LIMIT = 50
const CHANGES = {
  created: 'Created',
  mutated: 'Changed',
  deleted: 'Deleted',
  wrapped: 'Put into another',
  unwrapped: 'Taken out of another',
  unwrappedThenDeleted: 'Taken out and deleted',
  createdThenWrapped: 'Made inside another',
} as const

export function transactionPage(node: LocalNode, view: View, entry: ChainEntry): PageContent {
  const { title, failed, nanos } = summaryOf(entry)
  const { status } = entry.execution
  const body = html`<section class="card">
      <div class="heading">
        <h1>${title}${nanos > 0n ? html` of ${amount(nanos)}` : undefined}</h1>
        ${state(failed)}
      </div>
      ${status.success ? undefined : html`<p class="problem">${failureWords(status.error)} Only the fee was taken. <span class="sub">The ledger says: ${status.error}</span></p>`}
      <dl class="list">
        ${parties(view, entry)} ${fee(entry)}
        ${fact('Time', html`${view.time(entry.time)} <span class="sub">${moment(entry.time)}</span>`)}
        ${fact('Checkpoint', html`${grouped(entry.checkpoint)} <span class="sub">epoch ${grouped(entry.execution.epoch)}</span>`)}
        ${fact('Transaction', code(entry.transaction.digest))}
      </dl>
    </section>
    ${balances(view, entry)}
    <section class="card" aria-labelledby="steps-title">
      <h2 id="steps-title">Steps</h2>
      <ol class="plain">
        ${entry.transaction.commands.slice(0, LIST_LIMIT).map((command) => html`<li>${commandWords(command)}</li>`)}
      </ol>
    </section>
    ${objects(entry)} ${eventCard(node, entry)}`
  return { title, body }
}

function parties(view: View, entry: ChainEntry): Html {
  const { from, to } = summaryOf(entry)
  const { gas } = entry.transaction
  const known = to.slice(0, LIST_LIMIT).map((address) => party(view, address))
  return html`${fact('From', party(view, from))} ${to.length > 0 ? fact('To', html`${known}`) : undefined}
  ${gas.owner === from ? undefined : fact('Fee paid by', party(view, gas.owner))}`
}

function party(view: View, address: string): Html {
  return html`<span class="party">${view.picture(address, 's')}${view.account(address)}</span>`
}

/** What is burned and what is only deposited, apart. */
function fee({ execution, transaction }: ChainEntry): Html {
  const { computationCost, storageCost, storageRebate } = execution.gasUsed
  const deposit = storageCost - storageRebate
  const memo = memoBytes(transaction)
  return html`${fact('Fee', html`${amount(computationCost)} <span class="sub">burned</span>`)}
  ${deposit === 0n ? undefined : fact('Deposit', html`${amount(deposit)} <span class="sub">${depositWords(deposit)}</span>`)}
  ${memo > 0 ? fact('Note', html`${bytes(memo)} that no step uses <span class="sub">on the ledger for good</span>`) : undefined}`
}

function depositWords(nanos: bigint): string {
  return nanos < 0n ? 'given back for storage' : 'comes back when the objects are deleted'
}

/** Pure inputs that no command takes. */
function memoBytes({ inputs, commands }: ChainEntry['transaction']): number {
  const used = new Set<number>()
  for (const command of commands)
    for (const argument of [
      ...(command.SplitCoins?.amounts ?? []),
      ...(command.MoveCall?.arguments ?? []),
      ...(command.MakeMoveVec?.elements ?? []),
      ...(command.TransferObjects ? [command.TransferObjects.address] : []),
    ])
      if (argument.Input !== undefined) used.add(argument.Input)
  return inputs.reduce(
    (sum, { Pure }, index) => sum + (Pure && !used.has(index) ? fromBase64(Pure.bytes).length : 0),
    0,
  )
}

function balances(view: View, { execution }: ChainEntry): Html | undefined {
  const rows = balanceChanges(execution)
    .slice(0, LIST_LIMIT)
    .map(({ owner, coinType, amount: nanos }) => {
      const address = ownerAddress(owner)
      const who = address === undefined ? html`An object` : party(view, address)
      const what =
        coinType === FULL_IOTA_TYPE
          ? change(nanos)
          : html`<span class="amount">${grouped(nanos)} ${typeName(coinType)}</span>`
      return html`<li>${who}${what}</li>`
    })
  if (rows.length === 0) return undefined
  return html`<section class="card" aria-labelledby="balances-title">
    <h2 id="balances-title">Balances</h2>
    <ul class="plain">
      ${rows}
    </ul>
  </section>`
}

function objects({ execution }: ChainEntry): Html {
  const shown = execution.changes.slice(0, LIST_LIMIT)
  const more = execution.changes.length - shown.length
  return html`<section class="card" aria-labelledby="objects-title">
    <h2 id="objects-title">Objects</h2>
    <ul class="plain">
      ${shown.map(objectRow)}
    </ul>
    ${more > 0 ? html`<p class="empty">And ${counted(more, 'more', 'more')}.</p>` : undefined}
  </section>`
}

function objectRow({ id, kind, before, after }: ObjectChange): Html {
  const object = after ?? before
  const name = object ? typeName(moveTypeOf(object)) : 'An object'
  return html`<li>
    <span>${name} ${after ? objectLink(id) : html`<span class="sub" title="${id}">${short(id)}</span>`}</span
    ><span class="sub">${CHANGES[kind]}</span>
  </li>`
}
