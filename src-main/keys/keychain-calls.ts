import { randomBytes } from 'node:crypto'
import type { AsyncEntry } from '@napi-rs/keyring'

/** One call per process: an entry of the keychain is named by its account, 32 lower-case hex digits of our making. */
export type KeychainRequest =
  { call: 'keep'; account: string; secret: Uint8Array } | { call: 'read'; account: string } | { call: 'check' }
/** `secret` answers `read` where there is such an entry. */
export type KeychainAnswer = { kind: 'done'; secret: Uint8Array | undefined } | { kind: 'failed'; reason: string }

const SERVICE = 'Parley'

/** Runs one call. May block its thread for ever: the library connects to the session bus without a deadline. */
export async function callKeychain(request: KeychainRequest): Promise<KeychainAnswer> {
  try {
    return { kind: 'done', secret: await run(request) }
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : 'unknown' }
  }
}

async function run(request: KeychainRequest): Promise<Uint8Array | undefined> {
  if (request.call === 'check') return check()
  const entry = await open(request.account)
  if (request.call === 'keep') return keep(entry, request.secret)
  const kept = await entry.getSecret()
  return kept ? Uint8Array.from(kept) : undefined
}

/** Written, read back and compared: some keychains accept everything and keep nothing. */
async function keep(entry: AsyncEntry, secret: Uint8Array): Promise<undefined> {
  await entry.setSecret(secret)
  const kept = await entry.getSecret()
  if (!kept || !Buffer.from(kept).equals(secret)) throw new Error('the keychain gave back something else')
}

/** Leaves nothing behind. */
async function check(): Promise<undefined> {
  const entry = await open(`check-${randomBytes(8).toString('hex')}`)
  await keep(entry, randomBytes(32))
  await entry.deleteCredential()
}

/** On Linux the store is named: by default the kernel's keyring would take over, which is lost at the next start. */
async function open(account: string): Promise<AsyncEntry> {
  const { AsyncEntry } = await import('@napi-rs/keyring')
  return new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } })
}
