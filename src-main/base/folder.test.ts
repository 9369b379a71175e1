import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeFolder, makeFolderSync } from './folder.ts'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'parley-folder-'))
})
afterEach(() => rm(parent, { recursive: true }))

const UNUSABLE = { code: 'conflict', message: expect.stringMatching(/^The data folder .* cannot be made or used/) }
const forms = {
  makeFolder,
  makeFolderSync: async (...args: Parameters<typeof makeFolderSync>) => makeFolderSync(...args),
}

describe.each(Object.entries(forms))('%s', (_name, make) => {
  test('makes a folder with those above it, private, and takes one that is there', async () => {
    const folder = join(parent, 'a', 'b', 'c')
    await make(folder)
    await make(folder)
    await make(join(parent, 'a'))
    expect((await stat(folder)).isDirectory()).toBe(true)
    if (process.platform !== 'win32') expect((await stat(join(parent, 'a'))).mode & 0o777).toBe(0o700)
  })

  test('two at once both have it', async () => {
    const folder = join(parent, 'x', 'y', 'z')
    await Promise.all([make(folder), make(folder), make(join(parent, 'x', 'y'))])
    expect((await stat(folder)).isDirectory()).toBe(true)
  })

  test('a path that is a file or goes through one is refused with one sentence', async () => {
    const file = join(parent, 'file')
    await writeFile(file, 'kept')
    await expect(make(file, 'data folder')).rejects.toMatchObject(UNUSABLE)
    await expect(make(join(file, 'a', 'b'), 'data folder')).rejects.toMatchObject(UNUSABLE)
  })

  test.runIf(process.platform === 'linux')(
    'a file system that makes no folders is refused at once',
    async () => {
      await expect(make('/proc/x', 'data folder')).rejects.toMatchObject(UNUSABLE)
      await expect(make('/proc/x/y/z', 'data folder')).rejects.toMatchObject(UNUSABLE)
    },
    3_000,
  )
})
