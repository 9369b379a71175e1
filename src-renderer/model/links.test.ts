import { expect, test } from 'vitest'
import { textParts } from './links.ts'

test('web addresses become links and the words around them stay', () => {
  expect(textParts('See https://example.org/a?b=1, please.')).toEqual([
    { text: 'See ' },
    { text: 'https://example.org/a?b=1', href: 'https://example.org/a?b=1' },
    { text: ', please.' },
  ])
})

test('script, file and data addresses stay text', () => {
  for (const text of [
    'javascript:alert.call(1)',
    'file:///etc/x.txt',
    'data:text/html,<b>a.b</b>',
    'ftp://a.example/x',
  ])
    expect(textParts(text).every((part) => part.href === undefined)).toBe(true)
})

test('a text without links is one part', () => {
  expect(textParts('Hello')).toEqual([{ text: 'Hello' }])
  expect(textParts('')).toEqual([{ text: '' }])
})

test('user info before a host is no link, whole or half', () => {
  for (const text of [
    'https://a@b',
    'https://bank.example@evil.example/x',
    'see a@example.org',
    'https://a:b@c.example',
  ])
    expect(
      textParts(text).filter(({ href }) => href),
      text,
    ).toEqual([])
  expect(textParts('https://example.org/@ines').map(({ href }) => href)).toEqual(['https://example.org/@ines'])
})
