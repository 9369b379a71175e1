import { expect, test } from 'vitest'
import parley from '../../../../../resources/move/build.json' with { type: 'json' }
import framework from '../framework.json' with { type: 'json' }
import { type CompiledModule, COPY, type Instruction, readModule } from '../format/index.ts'
import { Library } from '../library.ts'
import { MoveFailure } from '../types.ts'
import { checkImports, checkTypes } from './declarations.ts'
import { checkFunction } from './function.ts'

/** Checks the channel's module after a change that no compiler would make. */
function check(change: (module: CompiledModule) => void): void {
  const library = new Library()
  const read = (text: string) => readModule(Buffer.from(text, 'base64'))
  for (const module of framework.modules) library.add(read(module))
  const compiled = parley.modules.map(read).find((module) => module.modules[module.self]?.name === 'channel')
  if (!compiled) throw new Error('no channel')
  change(compiled)
  const module = library.add(compiled)
  checkTypes(library, module)
  checkImports(library, module)
  for (const fn of module.functions.values()) checkFunction(library, fn, { left: 10_000_000 })
}

const datatype = (module: CompiledModule, name: string) =>
  module.datatypes.find((each) => each.name.endsWith(`::${name}`)) ?? expect.unreachable()

function codeOf(module: CompiledModule, name: string): Instruction[] {
  const definition = module.definitions.find(({ handle }) => module.functions[handle]?.name === name)
  return definition?.code?.instructions ?? expect.unreachable()
}

test('the module as it is passes', () => {
  expect(() => check(() => undefined)).not.toThrow()
})

test.each<[string, (module: CompiledModule) => void]>([
  ['an object that can be copied', (module) => void (datatype(module, 'Channel').abilities |= COPY)],
  ['an import with more abilities', (module) => void (datatype(module, 'Balance').abilities |= COPY)],
  [
    'a coin that is copied',
    (module) => {
      const code = codeOf(module, 'deposit')
      const at = code.findIndex(({ op, index }) => op === 'MoveLoc' && index === 2)
      code[at] = { op: 'CopyLoc', index: 2, value: 0n }
    },
  ],
  ['a value left behind', (module) => void codeOf(module, 'destroy').unshift({ op: 'LdTrue', index: 0, value: 0n })],
  ['a stack that is empty', (module) => void codeOf(module, 'destroy').unshift({ op: 'Pop', index: 0, value: 0n })],
  [
    'a coin made from a constant',
    (module) => {
      const type = { kind: 'struct' as const, name: datatype(module, 'Coin').name, args: [{ kind: 'bool' as const }] }
      module.constants.push({ type, bytes: new Uint8Array(40) })
    },
  ],
  ['a native function', (module) => void delete module.definitions[0]?.code],
  [
    'a type that contains itself',
    (module) => {
      const party = module.structs.find((each) => module.datatypes[each.datatype] === datatype(module, 'Party'))
      const own = { kind: 'struct' as const, name: datatype(module, 'Party').name, args: [] }
      party?.fields.push({ name: 'again', type: own })
    },
  ],
])('%s is refused', (_, change) => {
  expect(() => check(change)).toThrow(MoveFailure)
})
