import type { Channel } from '../../src-main/contract/index.ts'

/** A way to the main process that may break and come back: each time it is up it gives a fresh channel. */
export interface Transport {
  /**
   * Calls `up` with a channel each time the way is open, `down` each time it breaks, and `ended` where it cannot come back by
   * itself. Returns the way to stop.
   */
  start(up: (channel: Channel) => void, down: () => void, ended: () => void): () => void
}

/** The Electron preload's port: up from the start and as long as the window. */
export function electronTransport(port: NonNullable<Window['parley']>): Transport {
  return {
    start(up) {
      up({ post: (bytes) => port.post(bytes), receive: (receiver) => port.receive(receiver) })
      return () => {}
    },
  }
}

/** Quick at first (a host restarts within a second), then no more than one attempt in 5 s on loopback. */
const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 5000

/** HTTP status of a host that runs but does not know this window's cookie: each run gives new ones. */
const UNAUTHORIZED = 401

/**
 * The headless host's WebSocket, opened again with doubling pauses after every break. A refused WebSocket does not say why,
 * so the page itself is asked for: a host that was started again does not know this window.
 */
export function socketTransport(url: string, pageUrl: string): Transport {
  return {
    start(up, down, ended) {
      let attempt = 0
      let timer: ReturnType<typeof setTimeout> | undefined
      let socket: WebSocket | undefined
      let stopped = false
      const open = () => {
        if (stopped) return
        socket = new WebSocket(url)
        socket.binaryType = 'arraybuffer'
        const opened = socket
        opened.addEventListener('open', () => {
          attempt = 0
          up(socketChannel(opened))
        })
        opened.addEventListener('close', () => void retry())
      }
      const retry = async () => {
        if (stopped) return
        down()
        if (await isRefused(pageUrl)) return ended()
        timer = setTimeout(open, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt++))
      }
      open()
      return () => {
        stopped = true
        clearTimeout(timer)
        socket?.close()
      }
    },
  }
}

async function isRefused(pageUrl: string): Promise<boolean> {
  try {
    const answer = await fetch(pageUrl, {
      method: 'HEAD',
      cache: 'no-store',
      signal: AbortSignal.timeout(LONGEST_RETRY_MS),
    })
    return answer.status === UNAUTHORIZED
  } catch {
    // Nobody answers: the host is away, which is no refusal.
    return false
  }
}

function socketChannel(socket: WebSocket): Channel {
  return {
    post: (bytes) => socket.send(bytes),
    receive: (receiver) =>
      socket.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => receiver(new Uint8Array(event.data))),
  }
}
