import type { IncomingMessage, ServerResponse } from 'node:http'
import { readAsset } from '../runtime/index.ts'
import type { Access } from './access.ts'

const REFUSAL = 'This link has been used or has expired. Ask Parley for a new one in the terminal where it runs.\n'

/** A fresh checkout: building takes seconds, which whoever only wants the interface for programs does not wait for. */
const NOT_BUILT =
  'The window has not been built yet. Run "npm run build" in the folder of Parley, then load this page again.\n'

/** The built window for a browser that came by a one-time URL. */
export async function servePage(
  access: Access,
  root: string,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 405, 'Only GET.\n')
  const secret = url.searchParams.get('t')
  if (secret !== null) return enter(access, secret, request, response)
  if (!access.hasSession(request)) return sendText(response, 401, REFUSAL)
  const asset = await readAsset(root, url.pathname)
  if (!asset && url.pathname === '/') return sendText(response, 503, NOT_BUILT)
  if (!asset) return sendText(response, 404, 'Not found.\n')
  response.writeHead(200, { 'content-type': asset.type, 'content-length': asset.body.length })
  response.end(request.method === 'HEAD' ? undefined : asset.body)
}

/** Swaps the secret in the URL, which histories keep, for a cookie that no script can read. */
function enter(access: Access, secret: string, request: IncomingMessage, response: ServerResponse): void {
  // A program that only looks whether the link works must not use it up.
  if (request.method !== 'GET') return sendText(response, 405, 'Only GET.\n')
  const cookie = access.redeem(secret)
  if (cookie) return void response.writeHead(303, { location: '/', 'set-cookie': cookie }).end()
  if (access.hasSession(request)) return void response.writeHead(303, { location: '/' }).end()
  sendText(response, 401, REFUSAL)
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
}
