import { checksummed } from '../../../wire/index.ts'
import { bytes, grouped, short } from './format.ts'
import { html, type Html } from './html.ts'

const FIELDS_SHOWN = 40
const MAX_VALUE_TEXT = 80

/** Fields by their names, as many as a person reads: nested ones as `outer.inner`, those in lists as `list[0].inner`. */
export function fieldList(value: unknown): Html {
  const shown: [string, string][] = []
  let more = false
  for (const row of flat('', value)) {
    more = shown.length === FIELDS_SHOWN
    if (more) break
    shown.push(row)
  }
  return html`<dl class="list fields">
      ${shown.map(
        ([name, text]) =>
          html`<div class="fact">
            <dt>${name}</dt>
            <dd>${text}</dd>
          </div>`,
      )}
    </dl>
    ${more ? html`<p class="empty">And more.</p>` : undefined}`
}

/** One by one: a value may have far more parts than are shown. */
function* flat(name: string, value: unknown): Generator<[string, string]> {
  if (Array.isArray(value)) {
    const isNested = value.some((item) => typeof item === 'object' && item !== null)
    if (!isNested) return yield [name, listWords(value)]
    for (const [index, item] of value.entries()) yield* flat(`${name}[${index}]`, item)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) yield* flat(name === '' ? key : `${name}.${key}`, inner)
  } else yield [name, value === null ? 'none' : words(String(value))]
}

/** Lists of numbers are bytes as a rule: their length says more. */
function listWords(list: unknown[]): string {
  if (list.length > 0 && list.every((item) => typeof item === 'number')) return bytes(list.length)
  return list.length === 0 ? 'none' : cut(list.slice(0, MAX_VALUE_TEXT).map(String).join(', '))
}

/** Ids in short, numbers with thousands apart. */
function words(text: string): string {
  if (/^0x[0-9a-f]{64}$/.test(text)) return short(checksummed(text))
  return /^\d+$/.test(text) ? grouped(text) : cut(text)
}

function cut(text: string): string {
  return text.length > MAX_VALUE_TEXT ? `${text.slice(0, MAX_VALUE_TEXT)}…` : text
}
