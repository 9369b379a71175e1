import { createServer, type IncomingMessage } from 'node:http'

/** What becomes of a question: `refuse` never reaches the ledger; `lose` reaches it, and its answer does not come back. */
export type Fate = 'pass' | 'refuse' | 'lose'

/** A person's own way to the ledger, on loopback, on which a test decides what gets through. */
export interface LedgerGate {
  readonly url: string
  /** Asked once for each question, with its JSON-RPC method; the faucet has none. */
  fate: (method: string | undefined) => Fate
  stop(): Promise<void>
}

export async function startLedgerGate(ledgerUrl: string): Promise<LedgerGate> {
  const server = createServer((request, response) => {
    void pass(request).then(
      (answer) => (answer ? response.writeHead(answer.status, JSON_TYPE).end(answer.text) : response.destroy()),
      () => response.destroy(),
    )
  })
  const pass = async (request: IncomingMessage) => {
    const { method, url = '/' } = request
    const body = await text(request)
    const fate = gate.fate(body ? (JSON.parse(body) as { method?: string }).method : undefined)
    if (fate === 'refuse') return undefined
    const asked = await fetch(new URL(url, ledgerUrl), {
      method: method ?? 'GET',
      headers: JSON_TYPE,
      body: body || null,
    })
    const answer = { status: asked.status, text: await asked.text() }
    return fate === 'lose' ? undefined : answer
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The gate has no port.')
  const gate: LedgerGate = {
    url: `http://127.0.0.1:${address.port}`,
    fate: () => 'pass',
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return gate
}

const JSON_TYPE = { 'content-type': 'application/json' }

async function text(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
