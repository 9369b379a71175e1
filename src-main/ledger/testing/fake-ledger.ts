import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeLedger {
  url: string
  /** Methods asked for so far, in order. */
  asked: string[]
  stop(): Promise<void>
}

/** Answers `result` of a request, or takes over the response to misbehave (then undefined). */
export type Answer = (method: string, params: unknown[], response: ServerResponse) => unknown

/** A ledger that says what a test wants: the world outside, which can be wrong or hostile. */
export async function startFakeLedger(answer: Answer): Promise<FakeLedger> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString() || '{}')
      asked.push(method)
      const result = answer(method, params, response)
      if (result !== undefined) response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
