import { BrowserWindow } from 'electron'
import type { App } from '../../app/index.ts'
import type { Log } from '../../base/index.ts'
import { serve } from '../../contract/index.ts'
import { windowChannel } from './window-channel.ts'

export interface WindowOptions {
  app: App
  /** Where the page comes from, without a trailing slash. */
  pageOrigin: string
  /** The preload's bundle. */
  preload: string
  /** Whether this is a checkout: developer tools are for developers. */
  development: boolean
  log: Log
}

/** Opens the one window and connects it to the app for as long as it lives. */
export async function openWindow({
  app,
  pageOrigin,
  preload,
  development,
  log,
}: WindowOptions): Promise<BrowserWindow> {
  const window = new BrowserWindow({
    title: 'Parley',
    width: 1180,
    height: 780,
    minWidth: 380,
    minHeight: 480,
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: development,
    },
  })
  const channel = windowChannel(window.webContents, pageOrigin, log)
  const served = serve(channel, app.handlers, (error) => {
    log.warn({ code: error.code }, 'the window sent what no window sends')
  })
  const unsubscribe = app.subscribe((name, payload) => served.emit(name, payload))
  window.on('closed', () => {
    unsubscribe()
    served.close()
  })
  window.once('ready-to-show', () => window.show())
  await window.loadURL(`${pageOrigin}/index.html`)
  return window
}
