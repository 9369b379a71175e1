import { html, Html } from './html.ts'
import type { View } from './view.ts'

export interface PageContent {
  title: string
  body: Html
  /** What was looked for, to stand in the field again. */
  search?: string
}

/** A whole document. `nonce` allows its one style element. */
export function documentOf({ title, body, search }: PageContent, view: View, nonce: string): string {
  const { text } = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${title} · Parley local ledger</title>
      <link rel="icon" href="/icon.svg" type="image/svg+xml" />
      <link rel="stylesheet" href="/style.css" />
      <style nonce="${nonce}">
        ${new Html(view.styles())}
      </style>
    </head>
    <body>
      <a class="skip" href="#content">Skip to the content</a>
      <header class="top">
        <a class="brand" href="/"><img src="/icon.svg" alt="" width="28" height="28" /><span>Local ledger</span></a>
        <span class="pill warn">Tokens have no value</span>
        <form class="search" action="/find" role="search">
          <label class="hidden" for="find">Address or transaction</label>
          <input
            id="find"
            name="q"
            value="${search ?? ''}"
            placeholder="Address or transaction"
            maxlength="128"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            enterkeyhint="search"
          />
          <button type="submit">Find</button>
        </form>
      </header>
      <main id="content">${body}</main>
      <footer>
        <p>Part of Parley. Programs speak JSON-RPC to this address, and read <a href="/health">its health</a>.</p>
      </footer>
    </body>
  </html>`
  return `<!doctype html>\n${text}\n`
}
