import { randomBytes } from 'node:crypto'
import { ParleyError } from '../../../contract/index.ts'
import { parseAddress } from '../../../wire/index.ts'
import { accountPage } from './account.ts'
import { AccountList } from './accounts.ts'
import { accountsPage } from './accounts-view.ts'
import type { FaucetForm } from './faucet-form.ts'
import { health, storageState } from './health.ts'
import { homePage } from './home.ts'
import { html } from './html.ts'
import { ICON } from './icon.ts'
import { documentOf, type PageContent } from './layout.ts'
import { objectPage } from './object.ts'
import { STYLE } from './style.ts'
import { transactionPage } from './transaction.ts'
import { transactionsBefore } from './transactions-view.ts'
import type { PageAnswer, PageParts, PageRequest } from './types.ts'
import { View } from './view.ts'

const DIGEST = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/
const ADDRESS = /^0x[0-9a-f]{64}$/

/** The pages for people at a local ledger, and its health for programs. They work without any script. */
export class Pages {
  readonly #parts: PageParts
  readonly #accounts: AccountList
  readonly #startedAt: number

  constructor(parts: PageParts) {
    this.#parts = parts
    this.#accounts = new AccountList(parts.node.chain)
    this.#startedAt = parts.clock.now()
  }

  /** Undefined where the path is no page's. */
  async answer(request: PageRequest): Promise<PageAnswer | undefined> {
    const { method, path } = request
    if (method === 'POST' && path === '/faucet') return this.#shown(() => this.#give(request))
    if (method !== 'GET') return undefined
    if (path === '/health') return this.#health()
    if (path === '/style.css') return file('text/css; charset=utf-8', STYLE)
    if (path === '/icon.svg') return file('image/svg+xml', ICON)
    return this.#shown(() => (path === '/' ? this.#home(request, {}) : this.#page(request)))
  }

  /** What a page shows must still be true after a kill. */
  async #shown(make: () => PageAnswer | undefined | Promise<PageAnswer>): Promise<PageAnswer | undefined> {
    try {
      const page = await make()
      await this.#parts.node.durable()
      return page
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error
      return this.#stopped(error)
    }
  }

  #page({ path, query }: PageRequest): PageAnswer | undefined {
    const { node } = this.#parts
    const view = this.#view()
    const [, section, name = '', ...rest] = path.split('/')
    if (rest.length > 0) return undefined
    if (path === '/find') return this.#find(query.get('q') ?? '')
    if (path === '/accounts') return this.#list(view, query)
    if (section === 'account' && ADDRESS.test(name)) {
      const page = accountPage(this.#parts, view, name, numberOf(query, 'before'), query.has('sent'))
      return answer(200, page, view)
    }
    const object = section === 'object' && ADDRESS.test(name) && node.chain.objects.get(name)
    if (object) return answer(200, objectPage(node, view, object), view)
    if (section !== 'transaction' || !DIGEST.test(name)) return undefined
    const entry = node.chain.entry(name)
    return entry ? answer(200, transactionPage(node, view, entry), view) : this.#missing(name)
  }

  async #home({ query }: Pick<PageRequest, 'query'>, form: FaucetForm, status = 200): Promise<PageAnswer> {
    const view = this.#view()
    const before = numberOf(query, 'before')
    const page = homePage(this.#parts, view, {
      transactions: transactionsBefore(this.#parts.node, { all: true }, before),
      paged: before !== undefined,
      accounts: this.#accounts,
      storage: await storageState(this.#parts),
      startedAt: this.#startedAt,
      form,
    })
    return answer(status, page, view)
  }

  /** The form of the faucet; who sent it was checked by the server. */
  async #give({ form }: PageRequest): Promise<PageAnswer> {
    const text = form.get('address') ?? ''
    try {
      const { address } = parseAddress(text)
      await this.#parts.faucet.give(address)
      return redirect(`/account/${address}?sent`)
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error
      const status = error.code === 'rate_limited' ? 429 : error.code === 'bad_address' ? 400 : 503
      return this.#home({ query: new URLSearchParams() }, { address: text, problem: error.message }, status)
    }
  }

  #find(text: string): PageAnswer {
    const sought = text.trim()
    if (DIGEST.test(sought) && this.#parts.node.chain.entry(sought)) return redirect(`/transaction/${sought}`)
    try {
      return redirect(`/account/${parseAddress(sought).address}`)
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error
      return this.#missing(sought, /^0x/i.test(sought) ? error.message : undefined)
    }
  }

  #list(view: View, query: URLSearchParams): PageAnswer {
    const all = this.#accounts.all()
    if (!all) return this.#missing('', 'This ledger has too many accounts to list.')
    return answer(200, accountsPage(view, all, numberOf(query, 'page') ?? 1), view)
  }

  #missing(search: string, reason = 'There is no transaction or account by that name on this ledger.'): PageAnswer {
    const body = html`<section class="card">
      <h1>Not found</h1>
      <p>${reason}</p>
      <p><a href="/">To the overview</a></p>
    </section>`
    return answer(404, { title: 'Not found', body, search: search.slice(0, 128) }, this.#view())
  }

  /** The disk refuses, and nothing may be answered any more. */
  #stopped(error: ParleyError): PageAnswer {
    const body = html`<section class="card">
      <h1>The ledger has stopped</h1>
      <p>${error.message} Make room on the disk and start it again: what it has confirmed is kept.</p>
    </section>`
    return answer(503, { title: 'Stopped', body }, this.#view())
  }

  async #health(): Promise<PageAnswer> {
    const { ok, body } = await health(this.#parts, this.#startedAt)
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
    return { status: ok ? 200 : 503, headers, body: JSON.stringify(body) }
  }

  #view(): View {
    return new View(this.#parts.clock.now(), this.#parts.faucet.address)
  }
}

/** A page with a policy that lets nothing run and nothing come from elsewhere. */
function answer(status: number, content: PageContent, view: View): PageAnswer {
  const nonce = randomBytes(16).toString('base64')
  const policy = [
    "default-src 'none'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    // With no referrer at all, browsers would hide the Origin of the faucet's form too.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-store',
  }
  return { status, headers, body: documentOf(content, view, nonce) }
}

function file(type: string, body: string): PageAnswer {
  return { status: 200, headers: { 'content-type': type, 'cache-control': 'no-cache' }, body }
}

function redirect(location: string): PageAnswer {
  return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: '' }
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
