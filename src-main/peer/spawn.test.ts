import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'
import { spawnChildProcess } from './spawn.ts'

test('the process that talks to strangers gets neither the passphrase nor options meant for ours', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-spawn-'))
  const entry = join(folder, 'entry.mjs')
  await writeFile(entry, 'process.send(Object.keys(process.env)); process.disconnect()')
  vi.stubEnv('PARLEY_PASSPHRASE', 'a test passphrase')
  vi.stubEnv('NODE_OPTIONS', '--no-warnings')
  try {
    const child = spawnChildProcess(pathToFileURL(entry))()
    const exited = new Promise((resolve) => child.onExit(resolve))
    const names = await new Promise((resolve) => child.onMessage(resolve))
    expect(names).toContain('PATH')
    expect(names).not.toContain('PARLEY_PASSPHRASE')
    expect(names).not.toContain('NODE_OPTIONS')
    await exited
  } finally {
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  }
})
