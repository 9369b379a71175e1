/** Runs inside a private session bus in keychain.test.ts; prints one JSON line of what it found. */
import { SecretText, silentLog, systemClock, systemRandom } from '../base/index.ts'
import { toParleyError } from '../contract/index.ts'
import { createKeyring } from './index.ts'

const [profile = ''] = process.argv.slice(2)
const keyring = () =>
  createKeyring({ profile, keystore: 'auto', clock: systemClock, random: systemRandom, log: silentLog })
const started = Date.now()
const found: Record<string, unknown> = { available: await keyring().keychainAvailable() }
found['ms'] = Date.now() - started
try {
  const first = keyring()
  const { identity, phrase } = await first.create('Alice', undefined)
  const second = keyring()
  found['kind'] = second.kind
  found['same'] = (await second.unlock(undefined)).deviceId === identity.deviceId
  found['phrase'] = (await second.revealPhrase(undefined)).join() === phrase.join()
} catch (error) {
  found['code'] = toParleyError(error).code
  found['vault'] = (await keyring().create('Alice', new SecretText('correct horse battery'))).phrase.length === 24
}
process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0))
