import { beforeAll, expect, test } from 'vitest'
import parley from '../../../../resources/move/build.json' with { type: 'json' }
import { buildPackage, readPackage } from '../../../../build/move.ts'
import { createMoveMachine, MoveFailure, type MoveMachine } from './index.ts'

const modules = parley.modules.map((module) => new Uint8Array(Buffer.from(module, 'base64')))
const context = { sender: '0xa', digest: new Uint8Array(32), epoch: 0n, epochStartMs: 0n, idsCreated: 0n }

const HOSTILE = `module parley::hostile {
    public struct Thing has store { value: u64 }
    public struct Event has copy, drop { bytes: vector<u8> }
    public fun forever() { loop {} }
    public fun deeper(n: u64): u64 { deeper(n + 1) }
    public fun wider<T: copy + drop>(v: T) { let _ = vector[v, v]; }
    public fun grow() { let mut v = vector[1u8]; loop { let w = v; v.append(w) } }
    public fun nested() { let mut v = vector[vector[0u64]]; loop { let item = v[0]; v.push_back(item); let w = v; v = w } }
    public fun events() { loop { iota::event::emit(Event { bytes: vector[] }) } }
    public fun loud() { let mut v = vector[1u8]; let mut i = 0; while (i < 20) { let w = v; v.append(w); i = i + 1 };
        iota::event::emit(Event { bytes: v }) }
    public fun ids(ctx: &mut TxContext) { loop { ctx.fresh_object_address(); } }
    public fun reference(thing: &Thing): &u64 { &thing.value }
    public fun add(a: u64, b: u64): u64 { a + b }
    fun hidden() {}
    entry fun command() {}
}
`
let machine: MoveMachine

beforeAll(async () => {
  const built = await buildPackage({ ...readPackage('parley'), 'sources/hostile.move': HOSTILE })
  machine = createMoveMachine()
  machine.load(
    machine.verify(
      built.modules.map((module) => new Uint8Array(Buffer.from(module, 'base64'))),
      '0x77',
    ),
  )
})

function failure(work: () => unknown): MoveFailure {
  try {
    work()
  } catch (error) {
    if (error instanceof MoveFailure) return error
    throw error
  }
  throw new Error('it succeeded')
}

const u64 = { bytes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), access: 'pure' as const }

function call(name: string, args: (typeof u64)[] = [], typeArguments: string[] = []) {
  const target = { package: '0x77', module: 'hostile', function: name }
  return machine.call({ ...target, typeArguments, arguments: args, context })
}

test.each([
  ['forever', []],
  ['deeper', [u64]],
  ['grow', []],
  ['nested', []],
  ['events', []],
  ['loud', []],
  ['ids', []],
])('%s ends at a limit and is billed', { timeout: 30_000 }, (name, args) => {
  const failed = failure(() => call(name, args))
  expect(Object.keys(failed.status).join()).toMatch(/InsufficientGas|EffectsTooLarge|MovePrimitiveRuntimeError/)
  expect(failed.steps).toBeGreaterThan(100n)
  // The limit and one value of the largest size; 2.5 million steps take about 0.4 s.
  expect(failed.steps).toBeLessThan(3_000_000n)
})

test('a wrong call is refused with the status that a node gives', () => {
  const status = (work: () => unknown) => failure(work).status
  expect(status(() => call('nowhere'))).toEqual({ FunctionNotFound: true })
  expect(status(() => call('hidden'))).toEqual({ NonEntryFunctionInvoked: true })
  expect(call('command').returns).toEqual([])
  expect(status(() => call('add', [u64]))).toEqual({ ArityMismatch: true })
  expect(status(() => call('add', [u64, u64], ['u8']))).toEqual({ TypeArityMismatch: true })
  expect(status(() => call('reference', [u64]))).toEqual({ InvalidPublicFunctionReturnType: { idx: 0 } })
  expect(status(() => call('wider', [u64], ['0x9::no::Type']))).toEqual({
    TypeArgumentError: { argumentIdx: 0, kind: { TypeNotFound: true } },
  })
  expect(status(() => call('wider', [u64], ['0x77::hostile::Thing']))).toEqual({
    TypeArgumentError: { argumentIdx: 0, kind: { ConstraintNotSatisfied: true } },
  })
  expect(status(() => call('add', [u64, { ...u64, bytes: Uint8Array.of(1) }]))).toEqual({
    CommandArgumentError: { argIdx: 1, kind: { InvalidBCSBytes: true } },
  })
  const max = { ...u64, bytes: new Uint8Array(8).fill(255) }
  const [name, place] = Object.entries(status(() => call('add', [max, u64])))[0] as [string, { functionName: string }]
  expect([name, place.functionName]).toEqual(['MovePrimitiveRuntimeError', 'add'])
})

test('changed bytecode is refused or runs without harm, and never breaks the machine', { timeout: 30_000 }, () => {
  const seed = 20_261_121
  let state = seed
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state % below
  }
  const fresh = createMoveMachine()
  let refused = 0
  for (let round = 0; round < 1_000; round++) {
    const changed = modules.map((module) => Uint8Array.from(module))
    const module = changed[random(changed.length)] as Uint8Array
    for (let flips = 1 + random(3); flips > 0; flips--) module[random(module.length)] = random(256)
    try {
      fresh.verify(changed, '0x5')
    } catch (error) {
      expect(error, `round ${round}`).toBeInstanceOf(MoveFailure)
      refused++
    }
  }
  expect(refused).toBeGreaterThan(500)
  for (let length = 0; length < 400; length += 7)
    failure(() => machine.verify([(modules[0] as Uint8Array).subarray(0, length)], '0x6'))
})
