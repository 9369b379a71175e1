import { type Protocol, protocol } from 'electron'
import { pageHeaders, readAsset } from '../runtime/index.ts'
import { PAGE_ORIGIN, SCHEME } from './constants.ts'

/** Before `ready`: makes the scheme a secure origin without privileges beyond an https page's. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true } }])
}

/** Serves the built window, with the policy in its headers. */
export function servePages(target: Pick<Protocol, 'handle'>, root: string): void {
  target.handle(SCHEME, async (request) => {
    const url = URL.parse(request.url)
    if (!url || `${url.protocol}//${url.host}` !== PAGE_ORIGIN || request.method !== 'GET') return refusal(403)
    const asset = await readAsset(root, url.pathname)
    if (!asset) return refusal(404)
    return new Response(asset.body, { headers: { ...pageHeaders, 'content-type': asset.type } })
  })
}

function refusal(status: number): Response {
  return new Response(null, { status, headers: pageHeaders })
}
