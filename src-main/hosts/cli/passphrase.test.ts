import { expect, test } from 'vitest'
import { readPassphrase } from './passphrase.ts'

test('a passphrase that has been read is in the environment no more', async () => {
  const env: NodeJS.ProcessEnv = { PARLEY_PASSPHRASE: 'a test passphrase', PATH: '/bin' }
  const io = { env, print: () => {}, say: () => {}, signal: new AbortController().signal, interactive: false }
  expect((await readPassphrase(io, false))?.use()).toBe('a test passphrase')
  expect(env).toEqual({ PATH: '/bin' })
})
