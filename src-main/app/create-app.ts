import { makeFolderSync } from '../base/index.ts'
import { toParleyError } from '../contract/index.ts'
import { acquireProfileLock } from '../store/index.ts'
import { ParleyApp } from './parley-app.ts'
import type { App, AppOptions } from './types.ts'

/**
 * Opens a profile. With a passphrase in the options, or a keychain that answers, an existing identity is unlocked at once;
 * otherwise the app starts locked, and the window asks.
 */
export async function createApp(options: AppOptions): Promise<App> {
  makeFolderSync(options.profile, 'profile folder')
  const lock = acquireProfileLock(options.profile)
  const app = new ParleyApp(options, lock)
  try {
    await openAtStart(app, options)
  } catch (thrown) {
    await app.stop()
    throw thrown
  }
  return app
}

async function openAtStart(app: ParleyApp, options: AppOptions): Promise<void> {
  if (app.keyring.state() === 'none') return
  if (options.passphrase) return app.unlock(options.passphrase)
  if (app.keyring.kind !== 'keychain') return
  try {
    await app.unlock(undefined)
  } catch (thrown) {
    // The keychain may be locked or silent: the window offers to try again.
    options.log.warn({ code: toParleyError(thrown).code }, 'the identity stays locked')
  }
}
