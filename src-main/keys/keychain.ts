import { randomBytes } from 'node:crypto'
import type { AsyncEntry } from '@napi-rs/keyring'
import { deadline, equal, Secret, toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'

const SERVICE = 'Parley'
/** A person who sees the keychain's prompt answers within this; where nobody does, the call would hang for ever. */
const PROMPT_MS = 10_000

/** Writes, reads back and compares; throws `not_supported`, or `timeout` where a prompt is not answered. */
export async function keepInKeychain(account: string, secret: Secret): Promise<void> {
  await ask(account, async (entry, signal) => {
    await entry.setSecret(secret.use(), signal)
    const kept = await entry.getSecret(signal)
    if (!kept || !equal(Uint8Array.from(kept), secret.use())) throw new Error('the keychain gave back something else')
  })
}

/** Undefined where the keychain answers but has no such entry. */
export async function readFromKeychain(account: string): Promise<Secret | undefined> {
  return ask(account, async (entry, signal) => {
    const kept = await entry.getSecret(signal)
    return kept ? new Secret(Uint8Array.from(kept)) : undefined
  })
}

export async function removeFromKeychain(account: string): Promise<void> {
  await ask(account, (entry, signal) => entry.deleteCredential(signal))
}

/** Whether a secret that is written can be read back; leaves nothing behind. */
export async function keychainAnswers(): Promise<boolean> {
  const account = `check-${toHex(randomBytes(8))}`
  try {
    await keepInKeychain(account, new Secret(randomBytes(32)))
    await removeFromKeychain(account)
    return true
  } catch {
    return false
  }
}

/** On Linux the store is named: by default the kernel's keyring would take over, which is lost at the next start. */
async function ask<T>(account: string, work: (entry: AsyncEntry, signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController()
  const unanswered =
    'The keychain of this computer did not answer. Use a passphrase instead, or unlock it and try again.'
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring')
    const entry = new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } })
    return await deadline(work(entry, abort.signal), PROMPT_MS, unanswered)
  } catch (cause) {
    if (cause instanceof ParleyError) throw cause
    throw new ParleyError('not_supported', 'There is no usable keychain on this computer. Use a passphrase instead.', {
      cause,
    })
  } finally {
    abort.abort()
  }
}
