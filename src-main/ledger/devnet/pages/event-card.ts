import { checksummed } from '../../../wire/index.ts'
import type { ChainEntry } from '../chain.ts'
import { NotSupported } from '../execution/index.ts'
import type { LocalNode } from '../node.ts'
import { parsedEvent } from '../rpc/index.ts'
import type { ChainEvent } from '../types.ts'
import { bytes, grouped, short, typeName } from './format.ts'
import { html, type Html } from './html.ts'

const EVENTS_SHOWN = 50
const FIELDS_SHOWN = 40
const MAX_VALUE_TEXT = 80

/** The events of a transaction with their fields by name; undefined where it emitted none. */
export function eventCard(node: LocalNode, { execution }: ChainEntry): Html | undefined {
  if (execution.events.length === 0) return undefined
  const shown = execution.events.slice(0, EVENTS_SHOWN)
  return html`<section class="card" aria-labelledby="events-title">
    <h2 id="events-title">Events</h2>
    ${shown.map((event) => oneEvent(node, event))}
  </section>`
}

function oneEvent(node: LocalNode, event: ChainEvent): Html {
  const rows = fields(node, event).slice(0, FIELDS_SHOWN)
  return html`<h3>${typeName(event.type)}</h3>
    <dl class="list fields">
      ${rows.map(
        ([name, value]) =>
          html`<div class="fact">
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`
}

function fields(node: LocalNode, event: ChainEvent): [string, string][] {
  try {
    return flat('', parsedEvent(node, event))
  } catch (error) {
    if (!(error instanceof NotSupported)) throw error
    return [['content', bytes(event.contents.length)]]
  }
}

/** Nested fields as `outer.inner`, lists of bytes by their length. */
function flat(name: string, value: unknown): [string, string][] {
  if (Array.isArray(value)) return [[name, listWords(value)]]
  if (typeof value !== 'object' || value === null) return [[name, words(String(value))]]
  return Object.entries(value).flatMap(([key, inner]) => flat(name === '' ? key : `${name}.${key}`, inner))
}

function listWords(list: unknown[]): string {
  if (list.length > 0 && list.every((item) => typeof item === 'number')) return bytes(list.length)
  return cut(list.map((item) => (typeof item === 'object' ? '…' : String(item))).join(', '))
}

/** Ids in short, numbers with thousands apart. */
function words(text: string): string {
  if (/^0x[0-9a-f]{64}$/.test(text)) return short(checksummed(text))
  return /^\d+$/.test(text) ? grouped(text) : cut(text)
}

function cut(text: string): string {
  return text.length > MAX_VALUE_TEXT ? `${text.slice(0, MAX_VALUE_TEXT)}…` : text
}
