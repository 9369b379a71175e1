import type { Channel } from '../../src-main/contract/index.ts'

/** A way to the main process that may break and come back: each time it is up it gives a fresh channel. */
export interface Transport {
  /** Calls `up` with a channel each time the way is open, and `down` each time it breaks. Returns the way to stop. */
  start(up: (channel: Channel) => void, down: () => void): () => void
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

/** The headless host's WebSocket, opened again with doubling pauses after every break. */
export function socketTransport(url: string): Transport {
  return {
    start(up, down) {
      let attempt = 0
      let timer: ReturnType<typeof setTimeout> | undefined
      let socket: WebSocket | undefined
      const retry = () => {
        down()
        timer = setTimeout(open, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt++))
      }
      const open = () => {
        socket = new WebSocket(url)
        socket.binaryType = 'arraybuffer'
        const opened = socket
        opened.addEventListener('open', () => {
          attempt = 0
          up(socketChannel(opened))
        })
        opened.addEventListener('close', retry)
      }
      open()
      return () => {
        clearTimeout(timer)
        socket?.removeEventListener('close', retry)
        socket?.close()
      }
    },
  }
}

function socketChannel(socket: WebSocket): Channel {
  return {
    post: (bytes) => socket.send(bytes),
    receive: (receiver) =>
      socket.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => receiver(new Uint8Array(event.data))),
  }
}
