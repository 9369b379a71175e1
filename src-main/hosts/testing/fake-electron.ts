import { EventEmitter } from 'node:events'

/** A fake of the part of `electron` that the shell uses; everything that happens is in `record`. */
export const record: string[] = []
export const windows: BrowserWindow[] = []
export const exposed: Record<string, unknown> = {}

/** Renderer to main and back, asynchronous and by structured clone as in Electron. */
const toRenderer = new EventEmitter()

export class WebContents extends EventEmitter {
  readonly mainFrame = { url: '' }
  readonly ipc = new EventEmitter()
  openHandler: (details: { url: string }) => { action: string } = () => ({ action: 'allow' })
  isDestroyed = () => false
  setWindowOpenHandler(handler: typeof this.openHandler): void {
    this.openHandler = handler
  }
  send(channel: string, bytes: unknown): void {
    const copy = structuredClone(bytes)
    setImmediate(() => toRenderer.emit(channel, copy))
  }
}

export class BrowserWindow extends EventEmitter {
  readonly webContents = new WebContents()
  readonly options: { webPreferences: Record<string, unknown> }
  constructor(options: { webPreferences: Record<string, unknown> }) {
    super()
    this.options = options
    windows.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }
  async loadURL(url: string): Promise<void> {
    this.webContents.mainFrame.url = url
    record.push(`load ${url}`)
    this.emit('ready-to-show')
  }
  show = () => void record.push('show')
  focus = () => void record.push('focus')
  isMinimized = () => true
  restore = () => void record.push('restore')
}

class FakeApp extends EventEmitter {
  isPackaged = true
  lock = true
  readonly paths = new Map([['userData', '/nowhere']])
  enableSandbox = () => void record.push('sandbox')
  requestSingleInstanceLock = () => this.lock
  whenReady = async () => void record.push('ready')
  getPath = (name: string) => this.paths.get(name)
  setPath = (name: string, path: string) => void this.paths.set(name, path)
  getVersion = () => '1.2.3'
  quit = () => void record.push('quit')
  exit = (code: number) => void record.push(`exit ${code}`)
}
export const app = new FakeApp()

type Handler = (...args: never[]) => unknown
class FakeSession extends EventEmitter {
  readonly handlers: Record<string, Handler> = {}
  readonly protocol = {
    handle: (scheme: string, handler: Handler) => void (this.handlers[`scheme ${scheme}`] = handler),
  }
  readonly webRequest = { onBeforeRequest: (handler: Handler) => void (this.handlers['request'] = handler) }
  setPermissionRequestHandler = (handler: Handler) => void (this.handlers['permission'] = handler)
  setPermissionCheckHandler = (handler: Handler) => void (this.handlers['check'] = handler)
  setDevicePermissionHandler = (handler: Handler) => void (this.handlers['device'] = handler)
  setDisplayMediaRequestHandler = (handler: Handler) => void (this.handlers['display'] = handler)
  setSpellCheckerEnabled = (enabled: boolean) => void record.push(`spellcheck ${enabled}`)
}
export const session = { defaultSession: new FakeSession() }

export const protocol = {
  registerSchemesAsPrivileged: (schemes: { scheme: string; privileges: object }[]) => {
    for (const { scheme, privileges } of schemes) record.push(`scheme ${scheme} ${Object.keys(privileges).join(' ')}`)
  },
}
export const dialog = { showErrorBox: (title: string, text: string) => void record.push(`box ${title}: ${text}`) }
export const shell = { openPath: async () => '' }
export const utilityProcess = { fork: () => new EventEmitter() }

export const ipcRenderer = {
  send: (channel: string, bytes: unknown) => sendAs(windows.at(-1)?.webContents.mainFrame, channel, bytes),
  on: (channel: string, listener: (event: object, bytes: unknown) => void) =>
    void toRenderer.on(channel, (bytes) => listener({}, bytes)),
  removeAllListeners: (channel: string) => void toRenderer.removeAllListeners(channel),
}
export const contextBridge = {
  exposeInMainWorld: (name: string, value: unknown) => void (exposed[name] = value),
}

/** A message as if from any frame. */
export function sendAs(senderFrame: { url: string } | null | undefined, channel: string, bytes: unknown): void {
  const copy = structuredClone(bytes)
  const contents = windows.at(-1)?.webContents
  setImmediate(() => contents?.ipc.emit(channel, { senderFrame }, copy))
}
