import type { Session, WebContents } from 'electron'

/** What a page may do without asking: writing text to the clipboard after a click (the copy buttons). */
const allowedPermissions: ReadonlySet<string> = new Set(['clipboard-sanitized-write'])

export function isOwnPage(url: string, pageOrigin: string): boolean {
  return url === pageOrigin || url.startsWith(`${pageOrigin}/`)
}

/**
 * Electron's security checklist for a session: permissions denied unless named, no device, no capture, no download, no
 * dictionary fetched from a third party, and no request to anything but the window's own files.
 */
export function guardSession(session: Session, pageOrigin: string): void {
  const allowed = (permission: string, url: string) => allowedPermissions.has(permission) && isOwnPage(url, pageOrigin)
  session.setPermissionRequestHandler((_contents, permission, answer, details) =>
    answer(allowed(permission, details.requestingUrl)),
  )
  session.setPermissionCheckHandler((_contents, permission, origin) => allowed(permission, origin))
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}))
  session.setSpellCheckerEnabled(false)
  session.on('will-download', (event) => event.preventDefault())
  session.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !isLocal(details.url, pageOrigin) }))
}

/** A page stays where it is, opens nothing, embeds nothing. */
export function guardContents(contents: WebContents, pageOrigin: string): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.on('will-attach-webview', (event) => event.preventDefault())
  for (const name of ['will-navigate', 'will-redirect', 'will-frame-navigate'] as const) {
    contents.on(name as 'will-navigate', (event) => {
      if (!isOwnPage(event.url, pageOrigin)) event.preventDefault()
    })
  }
}

/** The page's own files, what it made itself, and in development the server that builds it with its socket. */
function isLocal(url: string, pageOrigin: string): boolean {
  const socketOrigin = pageOrigin.replace(/^http/, 'ws')
  const own = isOwnPage(url, pageOrigin) || isOwnPage(url, socketOrigin)
  return own || url.startsWith('blob:') || url.startsWith('data:') || url.startsWith('devtools:')
}
