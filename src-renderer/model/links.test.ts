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

test('links to pay and to join are opened by the window, never by the browser', () => {
  const pay = `parley:pay/0x${'a'.repeat(64)}?nanos=5&note=a.example`
  const iota = `iota:0x${'b'.repeat(64)}`
  expect(textParts(`Pay ${pay}, or ${iota}. See https://example.org`)).toEqual([
    { text: 'Pay ' },
    { text: pay, opens: 'pay' },
    { text: ', or ' },
    { text: iota, opens: 'pay' },
    { text: '. See ' },
    { text: 'https://example.org', href: 'https://example.org' },
  ])
  expect(textParts('parley:room/abc?title=Lunch')).toEqual([{ text: 'parley:room/abc?title=Lunch', opens: 'room' }])
})

test('a link inside a web address, or one that leads nowhere, is none of its own', () => {
  for (const text of ['https://example.org/iota:0x12', 'parley:', 'parley:pay/', 'iota: 0x12', 'xparley:room/abc'])
    expect(
      textParts(text).filter(({ opens }) => opens),
      text,
    ).toEqual([])
})
