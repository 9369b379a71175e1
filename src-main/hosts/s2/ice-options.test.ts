import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SecretText } from '../../base/index.ts'
import { type IceArgs, readIce } from './ice-options.ts'

const SECRET = 'a secret of the tests'
let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-ice-'))))
afterAll(() => rm(folder, { recursive: true }))

it('offers nothing unless it is told to', async () => {
  expect(await readIce({})).toBeUndefined()
})

it('takes the secret from a file, of which only the first line counts, or from the environment', async () => {
  const file = join(folder, 'secret')
  await writeFile(file, `${SECRET}\n\n`)
  await chmod(file, 0o600)
  const urls = ['turn:192.0.2.1:3478', 'turn:turn.example.org:3478?transport=udp', 'turn:[2001:db8::1]']
  const fromFile = await readIce({ turnUrls: urls, turnSecretFile: file })
  expect(fromFile?.turn?.urls).toEqual(urls)
  expect(fromFile?.turn?.secret.use()).toBe(SECRET)
  const given = await readIce({ stun: '[::1]:3478', turnUrls: urls, turnSecret: new SecretText(SECRET) })
  expect(given?.stun).toEqual({ host: '::1', port: 3478 })
  expect(given?.turn?.secret.use()).toBe(SECRET)
  expect(JSON.stringify(given)).not.toContain(SECRET)
})

const turnUrls = ['turn:192.0.2.1:3478']
const turnSecret = new SecretText(SECRET)
const bad: [string, IceArgs, string][] = [
  ['TURN without a secret', { turnUrls }, 'invalid_params'],
  ['a secret without TURN', { turnSecret }, 'invalid_params'],
  ['a short secret', { turnUrls, turnSecret: new SecretText('short') }, 'invalid_params'],
  ['a secret with a space behind it', { turnUrls, turnSecret: new SecretText(`${SECRET} `) }, 'invalid_params'],
  ['a file that is not there', { turnUrls, turnSecretFile: '/nonexistent/secret' }, 'not_found'],
  ['another scheme', { turnUrls: ['https://turn.example.org'], turnSecret }, 'invalid_params'],
  ['TURN over TLS, which no device uses', { turnUrls: ['turns:turn.example.org:5349'], turnSecret }, 'invalid_params'],
  ['TURN over TCP, as well', { turnUrls: ['turn:192.0.2.1:3478?transport=tcp'], turnSecret }, 'invalid_params'],
  ['a user in the URL', { turnUrls: ['turn:user@turn.example.org'], turnSecret }, 'invalid_params'],
  ['five servers', { turnUrls: new Array<string>(5).fill('turn:192.0.2.1'), turnSecret }, 'invalid_params'],
  ['STUN without a port', { stun: '127.0.0.1' }, 'invalid_params'],
]
it.each(bad)('refuses %s', async (_, args, code) => {
  await expect(readIce(args)).rejects.toMatchObject({ code })
})
