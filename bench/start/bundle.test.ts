import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshBundle, staleness } from './bundle.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'parley-bundle-'))
  for (const file of ['src-main/a.ts', 'src-renderer/b.vue']) put(file, 1_000)
})
afterEach(() => rmSync(root, { recursive: true }))

/** A file that was last changed at this second. */
function put(file: string, at: number): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), '')
  utimesSync(join(root, file), at, at)
}

test('a part that is missing, or older than a source, is named; tests are no sources', () => {
  expect(staleness(root)).toBe('out/main/cli.js is missing')
  put('out/main/cli.js', 2_000)
  expect(staleness(root)).toBe('out/renderer/index.html is missing')
  put('out/renderer/index.html', 2_000)
  put('src-main/deep/a.test.ts', 3_000)
  expect(staleness(root)).toBeUndefined()
  put('src-renderer/deep/b.vue', 3_000)
  put('out/main/cli.js', 4_000)
  expect(staleness(root)).toBe('out/renderer/index.html is older than the sources')
})

test('a build that fails is told in one sentence', async () => {
  await expect(freshBundle(root)).rejects.toThrow('The bundle could not be built: npm run build tells more.')
})
