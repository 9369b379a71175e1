import { beforeAll, describe, expect, test } from 'vitest'
import { buildPackage, readPackage } from '../../../../build/move.ts'
import { type CompiledModule, type Instruction, type Opcode, readModule } from './format/index.ts'
import framework from './framework.json' with { type: 'json' }
import { Execution } from './interpreter/index.ts'
import { Library, type LinkedFunction } from './library.ts'
import { U64 } from './type.ts'
import { MoveFailure } from './types.ts'
import { Reference, Struct, u64, type Value, Vector } from './value.ts'
import { checkFunction } from './verify/function.ts'

/** What may neither be copied nor dropped: `take` gives it back and what it is worth. */
const SOURCE = `module parley::held {
    public struct Thing has store { worth: u64 }
    public fun take(thing: Thing): (Thing, u64) { let worth = &thing.worth; let value = *worth; (thing, value) }
    public fun pop(mut things: vector<Thing>): (vector<Thing>, Thing, u64) {
        let first = &things[0].worth; let value = *first;
        let last = things.pop_back();
        (things, last, value)
    }
    public struct Box has drop { worth: u64 }
    public fun replace(box: &mut Box, other: Box): u64 { let worth = &mut box.worth; let value = *worth; *box = other; value }
    public fun pick(box: &Box, other: &Box): &u64 { if (box.worth > 1) &box.worth else &other.worth }
    public fun sometimes(yes: bool, box: Box): Box { if (yes) { let worth = &box.worth; assert!(*worth > 0) }; box }
}
`
let compiled: Uint8Array

beforeAll(async () => {
  const { modules } = await buildPackage({ ...readPackage('parley'), 'sources/held.move': SOURCE })
  const found = modules.map((module) => Buffer.from(module, 'base64')).find((module) => module.includes('sometimes'))
  compiled = found ?? expect.unreachable()
})

interface Loaded {
  library: Library
  fn: LinkedFunction
  code: Instruction[]
}

function load(name: string): Loaded {
  const library = new Library()
  for (const module of framework.modules) library.add(readModule(Buffer.from(module, 'base64')))
  const module: CompiledModule = readModule(compiled)
  const fn = library.add(module).functions.get(name) ?? expect.unreachable()
  return { library, fn, code: fn.code?.instructions ?? expect.unreachable() }
}

const at = (op: Opcode, index = 0, value = 0n): Instruction => ({ op, index, value })

/** Puts other instructions in the place of a function's own; `own` finds one of those. */
function rewrite(name: string, make: (own: (op: Opcode) => Instruction) => Instruction[]): Loaded {
  const loaded = load(name)
  const own = (op: Opcode) => loaded.code.find((each) => each.op === op) ?? expect.unreachable()
  loaded.code.splice(0, Infinity, ...make(own))
  return loaded
}

const verified = ({ library, fn }: Loaded) => checkFunction(library, fn, { left: 1_000_000 })

function run({ library, fn }: Loaded, values: Value[]): Value[] {
  const context = { sender: '0xa', digest: new Uint8Array(32), epoch: 0n, epochStartMs: 0n, idsCreated: 0n }
  const world = { context, events: [], transferred: [], deleted: [], created: [] }
  return new Execution(library, world).run(fn, [], values)
}

const thing = (worth: bigint) => new Struct([u64(worth)])

/** Moves `thing` away and then reads its field. */
function movedAway(): Loaded {
  const loaded = load('take')
  const field = loaded.code.find(({ op }) => op === 'ImmBorrowField') ?? expect.unreachable()
  const local = loaded.fn.locals.push({ kind: 'reference', mutable: false, to: U64 }) - 1
  const [keep, use] = [at('StLoc', local), at('MoveLoc', local)]
  loaded.code.splice(0, Infinity, at('ImmBorrowLoc'), field, keep, at('MoveLoc'), use, at('ReadRef'), at('Ret'))
  return loaded
}

describe('code as the compiler made it', () => {
  test('passes and runs', () => {
    for (const name of ['take', 'pop', 'replace', 'pick', 'sometimes']) verified(load(name))
    expect(run(load('take'), [thing(5n)])[1]).toEqual(u64(5n))
    expect(run(load('pop'), [new Vector([thing(1n), thing(2n)])])[2]).toEqual(u64(1n))
  })
})

describe('before it is published', () => {
  const refused = (loaded: Loaded, why: RegExp) => {
    expect(() => verified(loaded)).toThrow(MoveFailure)
    expect(() => verified(loaded)).toThrow(why)
  }
  test('a local that is moved while it is borrowed is refused', () =>
    refused(movedAway(), /moved while it is borrowed/))

  test('so it is when a call has handed the reference on', () => {
    const loaded = load('take')
    const pick = loaded.fn.module.compiled.functions.findIndex(({ name }) => name === 'pick')
    const box = load('sometimes')
    const code = [
      at('ImmBorrowLoc', 1),
      at('ImmBorrowLoc', 1),
      at('Call', pick),
      at('MoveLoc', 1),
      at('StLoc', 1),
      at('Pop'),
      at('MoveLoc', 1),
      at('Ret'),
    ]
    box.code.splice(0, Infinity, ...code)
    refused(box, /moved while it is borrowed/)
  })

  test('a local that is replaced while it is borrowed is refused', () => {
    const loaded = load('replace')
    const pack = loaded.fn.module.compiled.structs.findIndex(({ datatype }) =>
      loaded.fn.module.compiled.datatypes[datatype]?.name.endsWith('::Box'),
    )
    const code = [
      at('ImmBorrowLoc', 1),
      at('LdU64', 0, 1n),
      at('Pack', pack),
      at('StLoc', 1),
      at('Pop'),
      at('LdU64', 0, 1n),
      at('Ret'),
    ]
    loaded.code.splice(0, Infinity, ...code)
    refused(loaded, /replaced while it is borrowed/)
  })

  test('a reference to a local is not returned', () => {
    const loaded = load('pick')
    const own = loaded.code.find(({ op }) => op === 'ImmBorrowField') ?? expect.unreachable()
    // A box of its own, whose reference would outlive it.
    loaded.fn.locals.push({ kind: 'struct', name: `${loaded.fn.module.id}::Box`, args: [] })
    const pack = loaded.fn.module.compiled.structs.length - 1
    const local = loaded.fn.locals.length - 1
    const code = [at('LdU64', 0, 1n), at('Pack', pack), at('StLoc', local), at('ImmBorrowLoc', local), own, at('Ret')]
    loaded.code.splice(0, Infinity, ...code)
    refused(loaded, /reference to a local is returned/)
  })
})

describe('while it runs, even if it was never verified', () => {
  const stale = (loaded: Loaded, values: Value[]) =>
    expect(() => run(loaded, values)).toThrow(/a reference to what was moved|a value that was moved away/)

  test('a reference into a value that was moved away is dead', () => stale(movedAway(), [thing(5n)]))

  test('a reference into an element ends when the vector gives an element away', () => {
    const loaded = rewrite('pop', (own) => [
      at('MutBorrowLoc', 0),
      at('LdU64', 0, 0n),
      { ...own('VecImmBorrow') },
      own('ImmBorrowField'),
      at('StLoc', 1),
      at('MutBorrowLoc', 0),
      own('VecPopBack'),
      at('StLoc', 2),
      at('MoveLoc', 0),
      at('MoveLoc', 2),
      at('MoveLoc', 1),
      at('ReadRef'),
      at('Ret'),
    ])
    stale(loaded, [new Vector([thing(1n)])])
    stale(loaded, [new Vector([thing(1n), thing(2n)])])
  })

  test('neither reads nor writes reach a value that was replaced', () => {
    const code = (last: Instruction[]) =>
      rewrite('replace', (own) => [
        at('CopyLoc', 0),
        own('MutBorrowField'),
        at('StLoc', 2),
        at('MoveLoc', 1),
        at('MoveLoc', 0),
        at('WriteRef'),
        ...last,
        at('Ret'),
      ])
    const values = () => [Struct, Struct].map(() => thing(1n))
    for (const last of [
      [at('MoveLoc', 2), at('ReadRef')],
      [at('LdU64', 0, 7n), at('CopyLoc', 2), at('WriteRef'), at('LdU64', 0, 7n)],
    ]) {
      const [box, other] = values() as [Struct, Struct]
      stale(code(last), [referenceTo(box), other])
    }
  })
})

function referenceTo(value: Value): Value {
  return Reference.to([value], 0, true)
}
