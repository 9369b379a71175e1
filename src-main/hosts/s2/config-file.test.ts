import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withConfigFile } from './config-file.ts'

const options = {
  ledger: { type: 'string' },
  listen: { type: 'string', default: '127.0.0.1:0' },
  peer: { type: 'string', multiple: true },
  register: { type: 'boolean', default: false },
  config: { type: 'string' },
} as const
let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-config-'))
  file = join(folder, 's2.json')
})
afterAll(() => rm(folder, { recursive: true }))

async function read(config: unknown, ...args: string[]): Promise<string[]> {
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config))
  return withConfigFile(['--config', file, ...args], options)
}

it('leaves arguments without a file as they are', async () => {
  expect(await withConfigFile(['--listen', '127.0.0.1:1'], options)).toEqual(['--listen', '127.0.0.1:1'])
})

it('puts the file before the flags, lists as repeats', async () => {
  const config = { ledger: 'http://l', peer: ['a', 'b'], register: true }
  expect(await read(config)).toEqual(['--ledger=http://l', '--peer=a', '--peer=b', '--register'])
  expect(await read({ register: false, peer: 'a' })).toEqual(['--peer=a'])
  await writeFile(file, '{}')
  expect(await withConfigFile([`--config=${file}`], options)).toEqual([])
})

it('lets a flag win, in either form, over all that the file says of it', async () => {
  expect(await read({ ledger: 'http://l', peer: ['a', 'b'] }, '--peer', 'c')).toEqual([
    '--ledger=http://l',
    '--peer',
    'c',
  ])
  expect(await read({ ledger: 'http://l' }, '--ledger=http://m')).toEqual(['--ledger=http://m'])
})

it.each<[string, unknown, RegExp]>([
  ['an unknown key', { lisen: '127.0.0.1:1' }, /“lisen” is no setting.*ledger, listen, peer, register\./],
  ['a key of every object', { toString: 'x' }, /“toString” is no setting/],
  ['itself', { config: 'other.json' }, /“config” is no setting/],
  ['a number for true or false', { register: 1 }, /“register” is true or false/],
  ['a list where one is meant', { listen: ['a'] }, /“listen” is a text or a whole number/],
  ['an object in a list', { peer: [{}] }, /“peer” is a text, or a list/],
  ['no JSON', '{ "listen": ', /it is not JSON/],
  ['a list', [], /it is a JSON object/],
])('refuses %s', async (_, config, message) => {
  await expect(read(config)).rejects.toMatchObject({ code: 'invalid_params', message: expect.stringMatching(message) })
})

it('takes of a file for a node what a command about it needs, and refuses the rest all the same where it is wrong', async () => {
  await writeFile(file, JSON.stringify({ ledger: 'http://l', register: true, peer: ['a'] }))
  expect(await withConfigFile(['--config', file, '--to', 'x'], options, ['ledger'])).toEqual([
    '--ledger=http://l',
    '--to',
    'x',
  ])
  await writeFile(file, JSON.stringify({ ledger: 'http://l', register: 1 }))
  await expect(withConfigFile(['--config', file], options, ['ledger'])).rejects.toThrow(/true or false/)
})

it('refuses a file that is not there, and a flag without one', async () => {
  await expect(withConfigFile(['--config', join(folder, 'none')], options)).rejects.toMatchObject({ code: 'not_found' })
  await expect(withConfigFile(['--config', '--listen'], options)).rejects.toMatchObject({ code: 'invalid_params' })
})

it('takes the example that stands in resources', async () => {
  const example = join(import.meta.dirname, '../../../resources/systemd/parley-s2.json')
  const flags = ['ledger', 'listen', 'public', 'data', 'metrics', 'drain-seconds', 'peer'] as const
  const all = Object.fromEntries(flags.map((name) => [name, { type: 'string', multiple: name === 'peer' } as const]))
  const args = await withConfigFile(['--config', example], { ...all, register: { type: 'boolean' } })
  expect(args).toContain('--drain-seconds=20')
  expect(args).toContain('--register')
})
