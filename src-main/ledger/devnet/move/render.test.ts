import { beforeAll, expect, test } from 'vitest'
import type { MoveMachine } from './index.ts'
import { fixtureMachine } from './testing/fixture.ts'
import { PACKAGE } from './testing/world.ts'

let machine: MoveMachine
beforeAll(async () => {
  machine = await fixtureMachine()
})

const NESTED = `${PACKAGE}::fixture::Nested<u8>`
const nested = Uint8Array.of(1, 2, 3, 4, 1)

test('an event shows structs as their fields, an object with their types at every depth', () => {
  const fields = { first: 1, second: [3, 4] }
  expect(machine.render(NESTED, nested)).toEqual({ pair: fields, flag: true })
  const pair = { type: `${PACKAGE}::fixture::Pair<u8, vector<u8>>`, fields }
  expect(machine.renderTyped(NESTED, nested)).toEqual({ type: NESTED, fields: { pair, flag: true } })
})

test('an enum has its variant, and in an object its type', () => {
  const type = `${PACKAGE}::fixture::Shape<0x1::string::String>`
  const circle = Uint8Array.of(1, 9, 0, 0, 0, 0, 0, 0, 0)
  const shown = { variant: 'Circle', fields: { radius: '9' } }
  expect(machine.render(type, circle)).toEqual(shown)
  expect(machine.renderTyped(type, circle)).toEqual({ type, ...shown })
})

test('texts, options, ids and balances are what they hold in both forms; a UID is its id', () => {
  const id = `0x${'07'.repeat(32)}`
  const bytes = new Uint8Array(32).fill(7)
  const balance = Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0)
  const shown: [string, Uint8Array, unknown][] = [
    ['0x1::string::String', Uint8Array.of(2, 104, 105), 'hi'],
    ['0x1::option::Option<u64>', Uint8Array.of(0), null],
    ['0x1::option::Option<u16>', Uint8Array.of(1, 2, 0), 2],
    ['0x2::object::ID', bytes, id],
    ['0x2::object::UID', bytes, { id }],
    ['0x2::balance::Balance<0x2::iota::IOTA>', balance, '5'],
  ]
  for (const [type, value, expected] of shown) {
    expect(machine.render(type, value), type).toEqual(expected)
    expect(machine.renderTyped(type, value), type).toEqual(expected)
  }
})
