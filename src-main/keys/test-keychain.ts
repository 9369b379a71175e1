/** Runs beside a session bus of the test's choosing in keychain.test.ts; prints one JSON line of what it found. */
import { SecretText, silentLog, systemClock, systemRandom } from '../base/index.ts'
import { ParleyError, toParleyError } from '../contract/index.ts'
import { spawnChildProcess } from '../peer/index.ts'
import { createKeyring } from './index.ts'

const [profile = '', only = ''] = process.argv.slice(2)
const spawnKeychain = spawnChildProcess(new URL('./keychain-process.ts', import.meta.url))
const parts = { profile, spawnKeychain, clock: systemClock, random: systemRandom, log: silentLog }
const keyring = () => createKeyring({ ...parts, keystore: 'auto' })
const ms = async (work: () => Promise<unknown>) => {
  const started = performance.now()
  await work()
  return Math.round(performance.now() - started)
}

let [beat, stalledMs] = [performance.now(), 0]
setInterval(() => {
  stalledMs = Math.max(stalledMs, performance.now() - beat)
  beat = performance.now()
}, 20).unref()

const ring = keyring()
const found: Record<string, unknown> = {}
found['ms'] = await ms(async () => (found['available'] = await ring.keychainAvailable()))
found['msAgain'] = await ms(() => ring.keychainAvailable())
try {
  if (only === 'availability') throw new ParleyError('not_supported', 'not asked')
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
found['stalledMs'] = Math.round(stalledMs)
process.stdout.write(`${JSON.stringify(found)}\n`)
