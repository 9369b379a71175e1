import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { partPath } from '../../runtime/index.ts'
import { Child, type Ready } from './child.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-demo-test-'))))
afterEach(() => rm(folder, { recursive: true }))

/** Runs the demo with its temporary files in our folder. */
function demo(...args: string[]) {
  const child = spawn(process.execPath, [partPath('cli'), 'demo', ...args], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let said = ''
  child.stdout.on('data', (part) => (out += part))
  child.stderr.on('data', (part) => (said += part))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, ended, out: () => out, said: () => said }
}

test('demo --script plays the main job, prints each step with its time, exits 0 and leaves nothing behind', async () => {
  const { ended, out, said } = demo('--script')
  expect(await ended, said()).toBe(0)
  const steps = ['network and two people', 'Alice adds Bob by address', 'Bob accepts', 'Alice writes to Bob']
  for (const step of [...steps, 'Bob writes to Alice', 'Alice pays Bob 1 IOTA'])
    expect(out()).toMatch(new RegExp(`^${step} +\\d+ ms$`, 'm'))
  expect(await readdir(folder)).toEqual([])
}, 60_000)

test('demo stopped while it starts ends everything, exits 0 and leaves nothing behind', async () => {
  const { child, ended, said } = demo('--script')
  await expect.poll(said).toContain('Starting')
  await new Promise((resolve) => setTimeout(resolve, 500))
  child.kill('SIGINT')
  expect(await ended, said()).toBe(0)
  expect(await readdir(folder)).toEqual([])
}, 30_000)

test('a part that dies is started again at the same address, and one that is stopped is not', async () => {
  const back: Ready[] = []
  const child = new Child({
    name: 'ledger',
    args: (before) => ['devnet', '--port', before ? new URL(String(before['rpc'])).port : '0', '--data', folder],
    env: process.env,
    onReady: (ready) => back.push(ready),
    onLost: () => {},
    onLine: () => {},
  })
  await child.start()
  const rpc = child.field('rpc')
  child.kill()
  await expect.poll(() => back.length).toBe(1)
  expect(back[0]?.['rpc']).toBe(rpc)
  await child.stop()
  await expect(fetch(rpc)).rejects.toThrow()
  expect(back).toHaveLength(1)
})
