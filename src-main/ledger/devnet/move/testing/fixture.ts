import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bcs } from '@iota/bcs'
import { buildPackage, readPackage } from '../../../../../build/move.ts'
import { createMoveMachine, type MoveMachine } from '../index.ts'
import { type Arg, bytes, type Call, u64, u64s } from './arguments.ts'
import { type Case, Script } from './script.ts'
import { PACKAGE } from './world.ts'

const template = readFileSync(join(import.meta.dirname, '../../../../../resources/move/fixture/fixture.move'), 'utf8')
const WIDTHS = [8, 16, 32, 64, 128, 256] as const

const integerCode = WIDTHS.map(
  (
    bits,
  ) => `    public fun u${bits}s(op: u8, a: u${bits}, b: u${bits}, s: u8): (u${bits}, bool, bool, bool, bool, bool) {
        let value = if (op == 0) a + b
        else if (op == 1) a - b
        else if (op == 2) a * b
        else if (op == 3) a / b
        else if (op == 4) a % b
        else if (op == 5) a | b
        else if (op == 6) a & b
        else if (op == 7) a ^ b
        else if (op == 8) a << s
        else a >> s;
        (value, a < b, a <= b, a > b, a >= b, a == b)
    }
`,
).join('\n')

/** The package's sources and the module of the tests. */
export function fixturePackage(): Record<string, string> {
  return { ...readPackage('parley'), 'sources/fixture.move': template.replace('INTEGERS', integerCode) }
}

/** A machine with the fixture as the compiler made it. */
export async function fixtureMachine(): Promise<MoveMachine> {
  const { modules } = await buildPackage(fixturePackage())
  const machine = createMoveMachine()
  machine.load(
    machine.verify(
      modules.map((module) => new Uint8Array(Buffer.from(module, 'base64'))),
      PACKAGE,
    ),
  )
  return machine
}

function integer(bits: number, value: bigint): Arg {
  const out = Uint8Array.from({ length: bits / 8 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn))
  return { kind: 'pure', text: `${value}`, bytes: out }
}

const bool = (value: boolean): Arg => ({
  kind: 'pure',
  text: String(value),
  bytes: bcs.bool().serialize(value).toBytes(),
})

function call(name: string, args: Arg[], typeArguments: string[] = []): Call {
  return { module: 'fixture', function: name, typeArguments, args }
}

/** Values at and around the edges of a width. */
function edges(bits: number): bigint[] {
  const max = 2n ** BigInt(bits) - 1n
  return [0n, 1n, 2n, 7n, max / 2n, max / 2n + 1n, max - 1n, max]
}

function integerCalls(): Call[] {
  return WIDTHS.flatMap((bits) =>
    Array.from({ length: 10 }, (_, op) => op).flatMap((op) =>
      edges(bits).flatMap((a, index) => {
        const b = edges(bits)[(index * 3 + op) % 8] as bigint
        const by = [0, 1, bits - 1, bits][(index + op) % 4] as number
        return bits === 256 && by === 256
          ? []
          : [call(`u${bits}s`, [integer(8, BigInt(op)), integer(bits, a), integer(bits, b), integer(8, BigInt(by))])]
      }),
    ),
  )
}

function castCalls(): Call[] {
  const values = [0n, 255n, 256n, 2n ** 64n, 2n ** 256n - 1n, 65535n, 2n ** 32n - 1n]
  return values.flatMap((value) =>
    Array.from({ length: 6 }, (_, to) => call('casts', [integer(256, value), integer(8, BigInt(to))])),
  )
}

function otherCalls(): Call[] {
  const booleans = [true, false]
  const text = Buffer.from('grüß dich, käse', 'utf8')
  return [
    call('constants', []),
    ...booleans.flatMap((a) => booleans.map((b) => call('logic', [bool(a), bool(b)]))),
    call('vectors', [u64s([1n, 2n, 3n]), u64(0), u64(2)]),
    call('vectors', [u64s([1n, 2n, 3n]), u64(0), u64(3)]),
    call('vectors', [u64s([]), u64(0), u64(0)]),
    call('vectors', [u64s([1n, 2n ** 64n - 1n]), u64(0), u64(1)]),
    call('empty', [u64(0)]),
    call('empty', [u64(1)]),
    call('unpacked', [bytes(new Uint8Array())]),
    call('unpacked', [bytes(new Uint8Array(3))]),
    call('nested', [u64(5), u64s([1n, 2n])]),
    call('swapped', [bool(true), bytes(Uint8Array.of(1, 2))], ['bool', 'vector<u8>']),
    call('swapped', [u64(1), integer(128, 9n)], ['u64', 'u128']),
    ...[0, 1, 2].map((kind) => call('shapes', [integer(8, BigInt(kind)), u64(4), u64(6)])),
    call('shapes', [integer(8, 2n), u64(2n ** 63n), u64(6)]),
    call('opened', [integer(8, 0n)]),
    call('opened', [integer(8, 1n)]),
    call('loops', [u64(0)]),
    call('loops', [u64(20)]),
    call('factorial', [u64(20)]),
    call('factorial', [u64(21)]),
    call('texts', [bytes(text), u64(5), u64(11)]),
    call('texts', [bytes(text), u64(3), u64(5)]),
    call('texts', [bytes(text), u64(5), u64(99)]),
    call('texts', [bytes(Uint8Array.of(0xff)), u64(0), u64(0)]),
    ...[0, 1, 63, 64, 65, 127, 128, 136, 300].map((size) =>
      call('hashes', [bytes(new Uint8Array(size).fill(size & 0xff))]),
    ),
    call('names', []),
    ...[1, 2, 6, 7].map((n) => call('options', [u64(n)])),
    call('moved', [bytes(Uint8Array.of(1, 2, 3)), u64(0)]),
    call('moved', [bytes(Uint8Array.of(1, 2, 3)), u64(3)]),
  ]
}

/** Steps of one unit test: the compiler's time grows much faster than a function's length. */
const CALLS_PER_SCRIPT = 8

/** Calls of every instruction, with values at their edges; none needs another. */
export async function fixtureCases(): Promise<Case[]> {
  const machine = await fixtureMachine()
  const calls = [...integerCalls(), ...castCalls(), ...otherCalls()]
  const cases: Case[] = []
  for (let start = 0; start < calls.length; start += CALLS_PER_SCRIPT) {
    const script = new Script(`fixture_${start}`, machine)
    for (const each of calls.slice(start, start + CALLS_PER_SCRIPT)) script.attempt(each)
    cases.push(...script.cases.map((item) => (item.failing ? { ...item, steps: [] } : item)))
  }
  return cases
}
