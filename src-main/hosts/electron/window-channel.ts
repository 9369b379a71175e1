import type { IpcMainEvent, WebContents } from 'electron'
import type { Log } from '../../base/index.ts'
import type { Channel } from '../../contract/index.ts'
import { CHANNEL, MAX_MESSAGES_PER_SECOND } from './constants.ts'
import { isOwnPage } from './guards.ts'

/**
 * The window's end as a channel. Every message is checked for its sender: the main frame of this window, showing our own
 * page; whatever else could ever run in the window is not heard.
 */
export function windowChannel(contents: WebContents, pageOrigin: string, log: Log): Channel {
  const limit = perSecond(MAX_MESSAGES_PER_SECOND)
  return {
    post: (bytes) => {
      if (!contents.isDestroyed()) contents.send(CHANNEL, bytes)
    },
    receive: (receiver) => {
      contents.ipc.on(CHANNEL, (event: IpcMainEvent, bytes: unknown) => {
        const frame = event.senderFrame
        if (!frame || frame !== contents.mainFrame || !isOwnPage(frame.url, pageOrigin)) {
          return log.warn({ url: frame?.url }, 'a message from a foreign frame was dropped')
        }
        if (!(bytes instanceof Uint8Array)) return log.warn({}, 'a message that is not bytes was dropped')
        if (!limit()) return log.warn({}, 'the window sends too much')
        receiver(bytes)
      })
    },
  }
}

function perSecond(most: number): () => boolean {
  let second = 0
  let count = 0
  return () => {
    const now = Math.floor(performance.now() / 1000)
    if (now !== second) count = 0
    second = now
    return ++count <= most
  }
}
