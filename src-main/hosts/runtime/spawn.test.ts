import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { spawnMlsWorker } from './index.ts'

let folder: string
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-worker-'))))
afterEach(() => rm(folder, { recursive: true }))

async function script(text: string): Promise<string> {
  const file = join(folder, 'worker.mjs')
  await writeFile(file, `import { parentPort } from 'node:worker_threads'\n${text}`)
  return file
}

test('messages pass in both directions, and a stop is an exit without error', async () => {
  const worker = spawnMlsWorker(await script("parentPort.on('message', (m) => parentPort.postMessage(m))"))
  const back = new Promise((resolve) => worker.onMessage(resolve))
  const exit = new Promise((resolve) => worker.onExit(resolve))
  worker.post({ bytes: new Uint8Array([1]) })
  expect(await back).toEqual({ bytes: new Uint8Array([1]) })
  await worker.terminate()
  expect(await exit).toBeUndefined()
})

test('a crash is told with its reason and takes nothing along', async () => {
  const worker = spawnMlsWorker(await script("throw new Error('broken')"))
  const error = await new Promise<Error | undefined>((resolve) => worker.onExit(resolve))
  expect(error?.message).toBe('broken')
})
