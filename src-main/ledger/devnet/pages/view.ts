import { identicon } from '../../../contract/index.ts'
import { checksummed } from '../../../wire/index.ts'
import { ago, iota, moment, short, signedIota } from './format.ts'
import { html, type Html } from './html.ts'

/** What every part of one page needs: the time, the faucet's address, and the pictures that its stylesheet must have. */
export class View {
  readonly now: number
  readonly #faucet: string
  readonly #pictures = new Map<string, string>()

  constructor(now: number, faucet: string) {
    this.now = now
    this.#faucet = faucet
  }

  picture(address: string, size: 's' | 'm' | 'l' = 'm'): Html {
    const name = this.#pictures.get(address) ?? `of-${this.#pictures.size}`
    this.#pictures.set(address, name)
    return html`<span class="picture ${size} ${name}" aria-hidden="true"></span>`
  }

  nameOf(address: string): string {
    return address === this.#faucet ? 'Faucet' : short(checksummed(address))
  }

  account(address: string): Html {
    return html`<a class="name" href="/account/${address}" title="${checksummed(address)}">${this.nameOf(address)}</a>`
  }

  time(time: number): Html {
    const exact = moment(time)
    return html`<time datetime="${new Date(time).toISOString()}" title="${exact}">${ago(time, this.now)}</time>`
  }

  /** Rules for the pictures of this page; they go into its own style element. */
  styles(): string {
    return [...this.#pictures].map(([address, name]) => `.${name}{background-image:${identicon(address)}}`).join('')
  }
}

export function amount(nanos: bigint): Html {
  return html`<span class="amount">${iota(nanos)} <span class="unit">IOTA</span></span>`
}

export function change(nanos: bigint): Html {
  const tone = nanos > 0n ? 'in' : 'out'
  return html`<span class="amount ${tone}">${signedIota(nanos)} <span class="unit">IOTA</span></span>`
}

/** Text that is selected whole by one click or tap. */
export function code(text: string): Html {
  return html`<code class="whole">${text}</code>`
}

export function fact(term: string, value: Html | string): Html {
  return html`<div class="fact">
    <dt>${term}</dt>
    <dd>${value}</dd>
  </div>`
}

export function state(failed: boolean): Html {
  return failed ? html`<span class="pill bad">Failed</span>` : html`<span class="pill ok">Succeeded</span>`
}
