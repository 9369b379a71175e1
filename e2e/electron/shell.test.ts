import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron } from 'playwright-core'
import { expect, test } from 'vitest'
import { findElectron, projectDir } from '../../src-main/hosts/runtime/index.ts'

const program = findElectron()
if (!program) console.log('e2e/electron is skipped: no Electron program here (npx install-electron fetches it)')

/** As root, in a container, Chromium's own sandbox cannot start. */
const rootFlags = process.getuid?.() === 0 ? ['--no-sandbox'] : []

test.skipIf(!program)('the real shell opens the window, isolated, with the one door', async () => {
  const profile = await mkdtemp(join(tmpdir(), 'parley-electron-'))
  const args = [projectDir(), ...rootFlags, '--profile', profile, '--ledger', 'http://127.0.0.1:9']
  const shell = await _electron.launch({ executablePath: program ?? '', args })
  try {
    const page = await shell.firstWindow()
    await page.waitForSelector('#app > *')
    expect(page.url()).toBe('parley-app://window/index.html')
    const seen = await page.evaluate(() => ({
      door: Object.keys((globalThis as unknown as { parley: object }).parley),
      node: [
        typeof (globalThis as Record<string, unknown>)['require'],
        typeof (globalThis as Record<string, unknown>)['process'],
      ],
      opened: (globalThis as unknown as { open: (url: string) => unknown }).open('https://example.org') === null,
    }))
    expect(seen).toEqual({ door: ['post', 'receive'], node: ['undefined', 'undefined'], opened: true })
    expect(shell.windows()).toHaveLength(1)
  } finally {
    await shell.close()
    await rm(profile, { recursive: true, force: true })
  }
})
