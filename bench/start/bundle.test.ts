import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freshBundle } from './bundle.ts'

test('a bundle that is missing is built, and a build that fails is told in one sentence', async () => {
  const root = mkdtempSync(join(tmpdir(), 'parley-bundle-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  writeFileSync(join(root, 'package-lock.json'), '{}')
  await expect(freshBundle(root)).rejects.toThrow('The bundle could not be built: npm run build tells more.')
})
