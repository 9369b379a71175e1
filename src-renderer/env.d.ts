/// <reference types="vite/client" />

interface Window {
  /** Set by the Electron preload: whole byte messages to and from the main process. */
  readonly parley?: {
    post(bytes: Uint8Array): void
    receive(receiver: (bytes: Uint8Array) => void): void
  }
}
