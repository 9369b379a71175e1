import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorCodes, events, methods } from '../src-main/contract/index.ts'
import { apiDocs } from './api-docs.ts'
import { root } from './run-tasks.ts'

test('docs/api.md is what the contract says now (otherwise: node build/api-docs.ts)', async () => {
  expect(readFileSync(join(root, 'docs', 'api.md'), 'utf8')).toBe(await apiDocs())
})

test('every call, event and error code is described', async () => {
  const text = await apiDocs()
  for (const name of [...Object.keys(methods), ...Object.keys(events)]) expect(text).toContain(`#### \`${name}\``)
  for (const code of errorCodes) expect(text).toMatch(new RegExp(`\\| \`${code}\` +\\| \\w`))
})
