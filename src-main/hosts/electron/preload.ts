import { contextBridge, ipcRenderer } from 'electron'

/** The one channel between the window and the main process; main.ts knows it by the same name. */
const CHANNEL = 'parley'

/** All that the page gets: whole byte messages out and in. Schemas, calls and events are the contract's matter. */
const parley = Object.freeze({
  post: (bytes: unknown): void => {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('bytes expected')
    ipcRenderer.send(CHANNEL, bytes)
  },
  /** Sets the one receiver. */
  receive: (receiver: unknown): void => {
    if (typeof receiver !== 'function') throw new TypeError('function expected')
    ipcRenderer.removeAllListeners(CHANNEL)
    ipcRenderer.on(CHANNEL, (_event, bytes: Uint8Array) => void receiver(bytes))
  },
})

contextBridge.exposeInMainWorld('parley', parley)
