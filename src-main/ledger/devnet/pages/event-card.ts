import type { ChainEntry } from '../chain.ts'
import { NotSupported } from '../execution/index.ts'
import type { LocalNode } from '../node.ts'
import { parsedEvent } from '../rpc/index.ts'
import type { ChainEvent } from '../types.ts'
import { fieldList } from './fields.ts'
import { bytes, typeName } from './format.ts'
import { html, type Html } from './html.ts'

const EVENTS_SHOWN = 50

/** The events of a transaction with their fields by name; undefined where it emitted none. */
export function eventCard(node: LocalNode, { execution }: ChainEntry): Html | undefined {
  if (execution.events.length === 0) return undefined
  const shown = execution.events.slice(0, EVENTS_SHOWN)
  return html`<section class="card" aria-labelledby="events-title">
    <h2 id="events-title">Events</h2>
    ${shown.map(
      (event) =>
        html`<h3>${typeName(event.type)}</h3>
          ${fieldList(fieldsOf(node, event))}`,
    )}
  </section>`
}

function fieldsOf(node: LocalNode, event: ChainEvent): unknown {
  try {
    return parsedEvent(node, event)
  } catch (error) {
    if (!(error instanceof NotSupported)) throw error
    return { content: bytes(event.contents.length) }
  }
}
