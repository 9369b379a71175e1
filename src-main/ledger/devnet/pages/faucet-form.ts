import { checksummed } from '../../../wire/index.ts'
import { html, type Html } from './html.ts'

export interface FaucetForm {
  address?: string
  /** A sentence about what was wrong with it. */
  problem?: string
}

/** What one request brings, in words: five coins of 10 IOTA. */
const SHARE = '50 IOTA'

export function faucetForm({ address, problem }: FaucetForm): Html {
  const about = problem === undefined ? 'faucet-hint' : 'faucet-problem faucet-hint'
  return html`<form class="faucet" method="post" action="/faucet">
    <label for="recipient">Address</label>
    <div class="field">
      <input
        id="recipient"
        name="address"
        required
        maxlength="128"
        value="${address ?? ''}"
        placeholder="0x…"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        aria-describedby="${about}"
        ${problem === undefined ? undefined : html` aria-invalid="true" autofocus`}
      />
      <button class="primary" type="submit">Send ${SHARE}</button>
    </div>
    ${problem === undefined ? undefined : html`<p id="faucet-problem" class="problem" role="alert">${problem}</p>`}
    <p id="faucet-hint" class="hint">
      Five coins of 10 IOTA each, at once. They are good for nothing but trying things out.
    </p>
  </form>`
}

/** On an account's own page the address is known. */
export function refillForm(address: string): Html {
  return html`<form method="post" action="/faucet">
    <input type="hidden" name="address" value="${checksummed(address)}" />
    <button class="primary" type="submit">Send ${SHARE} from the faucet</button>
  </form>`
}
