/** The one channel between the window and the main process; the preload, a bundle of its own, repeats the name. */
export const CHANNEL = 'parley'

/** An own scheme instead of file: pages of `file:` may read each other, and get no headers. */
export const SCHEME = 'parley-app'
export const PAGE_ORIGIN = `${SCHEME}://window`

/** `App.stop` resolves within 5 s; a quit that hangs longer is ended. */
export const QUIT_TIMEOUT_MS = 6000

/** A window in a loop would fill the main process's queue; no person causes this many calls a second. */
export const MAX_MESSAGES_PER_SECOND = 2000
