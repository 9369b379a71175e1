import { expect, test } from 'vitest'
import { fieldList } from './fields.ts'

const shown = (value: unknown) =>
  [...fieldList(value).text.matchAll(/<dt>(.*)<\/dt>\s*<dd>(.*)<\/dd>/g)].map(([, name, text]) => `${name}: ${text}`)

test('nested data are shown by their way, also those in lists', () => {
  const value = { a: { b: '1234' }, list: [{ c: null }, { c: ['x', 'y'] }], bytes: [1, 2, 3], empty: [] }
  expect(shown(value)).toEqual(['a.b: 1,234', 'list[0].c: none', 'list[1].c: x, y', 'bytes: 3 bytes', 'empty: none'])
})

test('as many as a person reads, and nothing that is markup', () => {
  expect(shown(Array.from({ length: 100_000 }, (_, index) => ({ index })))).toHaveLength(40)
  expect(fieldList({ a: '<script>' }).text).not.toContain('<script>')
})
