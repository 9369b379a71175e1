import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { spawnWorkerThread, spawnWorkerThreadEarly } from './spawn.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-worker-'))))
afterEach(() => rm(folder, { recursive: true }))

async function script(text: string): Promise<URL> {
  const file = join(folder, 'worker.mjs')
  await writeFile(file, `import { parentPort } from 'node:worker_threads'\n${text}`)
  return pathToFileURL(file)
}

const spawns = [spawnWorkerThread, spawnWorkerThreadEarly]

test.each(spawns)('%o: messages pass in both directions, and a stop is an exit without error', async (spawn) => {
  const worker = spawn(await script("parentPort.on('message', (m) => parentPort.postMessage(m))"))()
  const back = new Promise((resolve) => worker.onMessage(resolve))
  const exit = new Promise((resolve) => worker.onExit(resolve))
  worker.post({ bytes: new Uint8Array([1]) })
  expect(await back).toEqual({ bytes: new Uint8Array([1]) })
  await worker.terminate()
  expect(await exit).toBeUndefined()
})

test.each(spawns)('%o: a crash is told with its reason and takes nothing along', async (spawn) => {
  const worker = spawn(await script("throw new Error('broken')"))()
  const error = await new Promise<Error | undefined>((resolve) => worker.onExit(resolve))
  expect(error?.message).toBe('broken')
})

test('an early thread that died before it was asked for is replaced by a new one', async () => {
  const spawn = spawnWorkerThreadEarly(await script("throw new Error('broken')"))
  await script("parentPort.on('message', (m) => parentPort.postMessage(m))")
  await new Promise((resolve) => setTimeout(resolve, 500))
  const worker = spawn()
  const back = new Promise((resolve) => worker.onMessage(resolve))
  worker.post('hello')
  expect(await back).toBe('hello')
  await worker.terminate()
})
