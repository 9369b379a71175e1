import { expect, test } from 'vitest'
import { ParleyError, toParleyError } from './errors.ts'

test('what was thrown becomes an error with words: a full disk is called that, and what is none of ours internal', () => {
  const own = new ParleyError('not_found', 'There is no such thing.')
  expect(toParleyError(own)).toBe(own)
  for (const code of ['ENOSPC', 'EDQUOT']) {
    const cause = Object.assign(new Error('no room'), { code })
    expect(toParleyError(cause)).toMatchObject({ code: 'storage_full', message: 'The disk is full.', cause })
  }
  expect(toParleyError(new TypeError('x is undefined'))).toMatchObject({ code: 'internal' })
  expect(toParleyError('nonsense')).toMatchObject({ code: 'internal', cause: 'nonsense' })
})
