import { app as electron, type BrowserWindow, dialog, session, shell } from 'electron'
import { join } from 'node:path'
import type { App, AppOptions } from '../../app/index.ts'
import { deadline, type Log, SecretText } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { SpawnMlsWorker } from '../../session/index.ts'
import { partPath, projectDir, readVersion, rendererDir, resolveNetwork } from '../runtime/index.ts'
import { PAGE_ORIGIN, QUIT_TIMEOUT_MS } from './constants.ts'
import { guardContents, guardSession } from './guards.ts'
import { readOptions } from './options.ts'
import { registerScheme, servePages } from './page.ts'
import { spawnUtilityProcess } from './peer-process.ts'
import { openWindow } from './window.ts'

export interface ShellOptions {
  createApp: (options: AppOptions) => Promise<App>
  spawnMlsWorker: SpawnMlsWorker
  args: string[]
  env: NodeJS.ProcessEnv
  log: Log
}

/** Runs Parley in Electron until the user quits. */
export async function runShell(options: ShellOptions): Promise<void> {
  const { args, env, log } = options
  const { profile, ledger, s2 } = readOptions(args)
  if (profile) electron.setPath('userData', profile)
  electron.enableSandbox()
  registerScheme()
  if (!electron.requestSingleInstanceLock()) return electron.quit()

  const pageOrigin = pageOriginOf(env)
  electron.on('web-contents-created', (_event, contents) => guardContents(contents, pageOrigin))
  await electron.whenReady()
  guardSession(session.defaultSession, pageOrigin)
  servePages(session.defaultSession.protocol, rendererDir())
  try {
    const network = await resolveNetwork(electron.getPath('userData'), ledger, s2)
    const app = await options.createApp({ ...network, ...appOptions(options) })
    const stop = stopOnQuit(app, log)
    await keepWindow({ app, pageOrigin, preload: preloadPath(), development: !electron.isPackaged, log }, stop)
  } catch (thrown) {
    const error = toParleyError(thrown)
    log.error({ code: error.code, error: String(error.cause ?? error) }, 'Parley could not start')
    dialog.showErrorBox('Parley could not start', error.message)
    electron.exit(1)
  }
}

function appOptions({ env, log, spawnMlsWorker }: ShellOptions): Omit<AppOptions, 'ledgerUrl' | 'nodes'> {
  const passphrase = env['PARLEY_PASSPHRASE']
  // Whatever starts from here on has no use for it.
  delete env['PARLEY_PASSPHRASE']
  return {
    // Electron's own answer is its own version in a checkout.
    version: readVersion(),
    profile: electron.getPath('userData'),
    keystore: 'auto',
    ...(passphrase && { passphrase: new SecretText(passphrase) }),
    runtime: {
      host: 'electron',
      spawnMlsWorker,
      spawnPeerProcess: () => spawnUtilityProcess(partPath('peer-process')),
      spawnKeychainProcess: () => spawnUtilityProcess(partPath('keychain-process')),
      openFolder: async (path) => {
        const problem = await shell.openPath(path)
        if (problem) throw new Error(problem)
      },
    },
    log,
  }
}

/** In a checkout the development server's page may stand in for the built one; never in an installation. */
function pageOriginOf(env: NodeJS.ProcessEnv): string {
  const served = electron.isPackaged ? undefined : URL.parse(env['ELECTRON_RENDERER_URL'] ?? '')
  return served?.origin ?? PAGE_ORIGIN
}

function preloadPath(): string {
  return join(projectDir(), 'out', 'preload', 'preload.cjs')
}

/** Opens the window, again where the dock asks for it, and brings it forward for a second start. */
async function keepWindow(options: Parameters<typeof openWindow>[0], stop: () => void): Promise<void> {
  let window: BrowserWindow | undefined
  const open = async () => {
    window = await openWindow(options)
    window.on('closed', () => (window = undefined))
  }
  electron.on('second-instance', () => {
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  electron.on('window-all-closed', () => {
    if (process.platform !== 'darwin') stop()
  })
  electron.on('activate', () => {
    if (!window)
      open().catch((error: unknown) => options.log.error({ error: String(error) }, 'no window could be opened'))
  })
  await open()
}

/** Lets the app end properly before the process does; the returned function starts that. */
function stopOnQuit(app: App, log: Log): () => void {
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    deadline(app.stop(), QUIT_TIMEOUT_MS, 'Parley did not stop in time.').then(
      () => electron.exit(0),
      (error: unknown) => {
        log.error({ error: String(error) }, 'Parley did not stop cleanly')
        electron.exit(1)
      },
    )
  }
  electron.on('before-quit', (event) => {
    event.preventDefault()
    stop()
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  return stop
}
