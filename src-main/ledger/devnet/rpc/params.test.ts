import * as v from 'valibot'
import { expect, test } from 'vitest'
import { typeParam } from './params.ts'

const nested = (depth: number) => `${'vector<'.repeat(depth)}u8${'>'.repeat(depth)}`

test('takes every spelling of a Move type', () => {
  const types = ['u64', ' address ', '0x2::iota::IOTA', '0x2::coin::Coin< 0x2::iota::IOTA >', nested(15)]
  for (const type of [...types, '0x2::a::b<u8, vector<0x1::c::d<bool>>>', `0x${'0'.repeat(63)}2::a::_b`])
    expect(v.safeParse(typeParam, type).success, type).toBe(true)
})

test('refuses what only looks like one', () => {
  const broken = ['0x2::a::b<u64', '0x2::a::b::c', '0x2::coin::Coin<>', '0x2::a::b>', '0x2::a::b<u64>>', 'vector', '']
  const names = [
    'a',
    '0x2',
    '0x2::a',
    'x2::a::b',
    '0x::a::b',
    '0x2::1::b',
    '0x2::a::b-c',
    '0x2g::a::b',
    'vector<u8,u8>',
  ]
  const parts = ['0x2::a::b<,>', '0x2::a::b<u64,>', '0x2::a::b u8', 'u64<u8>', nested(16), nested(60)]
  for (const type of [...broken, ...names, ...parts]) expect(v.safeParse(typeParam, type).success, type).toBe(false)
})

test('a type in any spelling has one canonical text', () => {
  const full = (short: string) => `0x${short.padStart(64, '0')}`
  expect(v.parse(typeParam, ' 0x2::coin::Coin<0xAB::x::Y>')).toBe(`${full('2')}::coin::Coin<${full('ab')}::x::Y>`)
  expect(v.parse(typeParam, '0x2::a::b<u8,bool>')).toBe(`${full('2')}::a::b<u8, bool>`)
  const list = (count: number) => `0x2::a::b<${Array(count).fill('u8').join()}>`
  expect([list(16), list(17)].map((type) => v.safeParse(typeParam, type).success)).toEqual([true, false])
})
