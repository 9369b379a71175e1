import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { createDevnet } from './create-devnet.ts'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'parley-folder-'))
})
afterEach(() => rm(parent, { recursive: true }))

function start(dataDir: string) {
  return createDevnet({ dataDir, port: 0, listen: '127.0.0.1', clock: systemClock, log: silentLog }).start()
}

const UNUSABLE = { code: 'conflict', message: expect.stringMatching(/^The data folder .* cannot be made or used/) }

test('a path that is a file or goes through one is refused with one sentence', async () => {
  const file = join(parent, 'file')
  await writeFile(file, 'kept')
  await expect(start(file)).rejects.toMatchObject(UNUSABLE)
  await expect(start(join(file, 'a', 'b'))).rejects.toMatchObject(UNUSABLE)
})

test.runIf(process.platform === 'linux')(
  'a file system that makes no folders is refused at once',
  async () => {
    await expect(start('/proc/x')).rejects.toMatchObject(UNUSABLE)
    await expect(start('/proc/x/y/z')).rejects.toMatchObject(UNUSABLE)
  },
  3_000,
)
