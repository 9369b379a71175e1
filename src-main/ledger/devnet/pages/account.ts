import { checksummed } from '../../../wire/index.ts'
import type { ChainEntry } from '../chain.ts'
import {
  canonicalType,
  coinTypeOf,
  coinValue,
  IOTA_TYPE,
  type LedgerObject,
  moveTypeOf,
  ownerAddress,
} from '../objects/index.ts'
import { balanceChanges } from '../rpc/index.ts'
import { refillForm } from './faucet-form.ts'
import { counted, grouped, typeName } from './format.ts'
import { html, type Html } from './html.ts'
import type { PageContent } from './layout.ts'
import { objectLink } from './object.ts'
import { transactionList, transactionsBefore } from './transactions-view.ts'
import type { PageParts } from './types.ts'
import { amount, code, type View } from './view.ts'

const FULL_IOTA_TYPE = canonicalType(IOTA_TYPE)
const OBJECTS_SHOWN = 50

/** `sent` says that the faucet has just given. */
export function accountPage(
  { node }: PageParts,
  view: View,
  address: string,
  before: number | undefined,
  sent: boolean,
): PageContent {
  const objects = node.chain.objects.ownedBy(address)
  const coins = objects.filter((object) => coinTypeOf(object) === FULL_IOTA_TYPE)
  const others = objects.filter((object) => coinTypeOf(object) !== FULL_IOTA_TYPE)
  const nanos = coins.reduce((sum, coin) => sum + coinValue(coin), 0n)
  const list = transactionsBefore(node, { party: address }, before)
  const path = `/account/${address}`
  const body = html`${sent ? html`<p class="notice" role="status">The faucet sent 50 IOTA.</p>` : undefined}
    <section class="card account">
      ${view.picture(address, 'l')}
      <div class="words">
        <h1>${view.nameOf(address)}</h1>
        <p class="address">${code(checksummed(address))}</p>
      </div>
      <p class="balance">${amount(nanos)}<span class="sub">${counted(coins.length, 'coin')}</span></p>
      ${refillForm(address)}
    </section>
    ${others.length > 0 ? objectCard(others) : undefined}
    <section class="card" aria-labelledby="transactions-title">
      <h2 id="transactions-title">Transactions</h2>
      ${
        list.entries.length > 0
          ? transactionList(view, list, path, before !== undefined, {
              address,
              nanosOf: (entry) => gainOf(entry, address),
            })
          : html`<p class="empty">None yet.</p>`
      }
    </section>`
  return { title: `Account ${view.nameOf(address)}`, body }
}

function objectCard(objects: LedgerObject[]): Html {
  return html`<section class="card" aria-labelledby="objects-title">
    <h2 id="objects-title">Objects</h2>
    <ul class="plain">
      ${objects
        .slice(0, OBJECTS_SHOWN)
        .map((object) => html`<li><span>${objectName(object)}</span>${objectLink(object.id)}</li>`)}
    </ul>
    ${objects.length > OBJECTS_SHOWN ? html`<p class="empty">And ${grouped(objects.length - OBJECTS_SHOWN)} more.</p>` : undefined}
  </section>`
}

function objectName(object: LedgerObject): string {
  const coinType = coinTypeOf(object)
  if (coinType === undefined) return typeName(moveTypeOf(object))
  return `${grouped(coinValue(object))} of ${typeName(coinType)}`
}

/** What a transaction brought or cost this account, in NANOS. */
function gainOf({ execution }: ChainEntry, address: string): bigint {
  const own = balanceChanges(execution).filter(
    ({ owner, coinType }) => ownerAddress(owner) === address && coinType === FULL_IOTA_TYPE,
  )
  return own.reduce((sum, { amount: nanos }) => sum + nanos, 0n)
}
