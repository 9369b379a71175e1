import { checksummed } from '../../../wire/index.ts'
import type { LocalNode } from '../node.ts'
import { decodePackage, type LedgerObject, moveTypeOf, type Owner, ownerAddress, shownType } from '../objects/index.ts'
import { plainFieldsOf } from '../rpc/index.ts'
import { fieldList } from './fields.ts'
import { grouped, short, typeName } from './format.ts'
import { html, type Html } from './html.ts'
import type { PageContent } from './layout.ts'
import { amount, code, fact, type View } from './view.ts'

/** An object as it is now. */
export function objectPage(node: LocalNode, view: View, object: LedgerObject): PageContent {
  const name = typeName(moveTypeOf(object))
  const { id, version, owner, storageRebate } = object
  const body = html`<section class="card">
      <h1>${name}</h1>
      <dl class="list">
        ${fact('Type', code(shownType(moveTypeOf(object))))} ${fact('Owner', ownerWords(view, owner))}
        ${fact('Version', grouped(version))} ${fact('Last changed by', changedBy(node, object))}
        ${fact('Deposit', amount(storageRebate))} ${fact('Object', code(checksummed(id)))}
      </dl>
    </section>
    <section class="card" aria-labelledby="contents-title">
      <h2 id="contents-title">Contents</h2>
      ${fieldList(contents(node, object))}
    </section>`
  return { title: `${name} ${short(id)}`, body }
}

/** An object's name that leads to its page. */
export function objectLink(id: string): Html {
  return html`<a class="sub" href="/object/${id}" title="${id}">${short(id)}</a>`
}

function ownerWords(view: View, owner: Owner): Html | string {
  const address = ownerAddress(owner)
  if (address !== undefined) return view.account(address)
  if ('ObjectOwner' in owner) return objectLink(owner.ObjectOwner)
  return 'Shared' in owner ? 'Shared: anybody may use it' : 'Nobody: it never changes'
}

/** What the genesis made has no page of its own. */
function changedBy({ chain }: LocalNode, { previousTransaction }: LedgerObject): Html | string {
  if (previousTransaction === chain.genesisDigest) return 'the genesis'
  return html`<a class="name" href="/transaction/${previousTransaction}">${short(previousTransaction)}</a>`
}

function contents(node: LocalNode, object: LedgerObject): unknown {
  if (!('Package' in object.type)) return plainFieldsOf(node, object)
  return { modules: [...decodePackage(object).modules.keys()] }
}
