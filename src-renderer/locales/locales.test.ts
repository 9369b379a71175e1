import { expect, test } from 'vitest'
import { errorCodes } from '../../src-main/contract/index.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { createLocales, resolveLocale } from './index.ts'

function flat(messages: object, prefix = ''): Map<string, string> {
  const entries = Object.entries(messages).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${prefix}${key}`, value] as const] : [...flat(value as object, `${prefix}${key}.`)],
  )
  return new Map(entries)
}
const parameters = (text = '') => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

test('German says everything that English says, with the same parameters', () => {
  const english = flat(en)
  const german = flat(de)
  expect([...german.keys()].sort()).toEqual([...english.keys()].sort())
  for (const [key, text] of english) expect(parameters(german.get(key)), key).toEqual(parameters(text))
})

test('every error code has a sentence in both languages', () => {
  for (const code of errorCodes) {
    expect(en.errors[code]).toMatch(/\.$/)
    expect(de.errors[code]).toMatch(/\.$/)
  }
})

test('every message compiles', () => {
  const { t } = createLocales().global
  for (const key of flat(en).keys()) expect(t(key), key).not.toBe(key)
})

test('the language follows the system unless one is chosen', () => {
  expect(resolveLocale('system', ['de-AT', 'en'])).toBe('de')
  expect(resolveLocale('system', ['fr-FR'])).toBe('en')
  expect(resolveLocale('de', ['en'])).toBe('de')
})
