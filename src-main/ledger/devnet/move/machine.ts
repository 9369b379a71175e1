import { nanosIn } from './balance.ts'
import { runCall } from './call.ts'
import { COPY, DROP, KEY, readModule, STORE } from './format/index.ts'
import { InvalidBytes } from './codec.ts'
import { broken } from './failure.ts'
import framework from './framework.json' with { type: 'json' }
import { Library } from './library.ts'
import { normalizedModule } from './normalized.ts'
import { renderBytes } from './render.ts'
import { fullAddress } from './type.ts'
import { parseType } from './type-text.ts'
import type { MoveMachine, MovePackage } from './types.ts'
import { verifyPackage } from './verify/index.ts'

/** A machine that knows the framework (0x1 and 0x2) and nothing else. */
export function createMoveMachine(): MoveMachine {
  const library = new Library()
  for (const module of framework.modules) library.add(readModule(Buffer.from(module, 'base64')))
  return {
    verify: (modules, packageId) => verifyPackage(library, modules, fullAddress(packageId)),
    load: (published) => loadPackage(library, published),
    call: (call) => runCall(library, call),
    abilities: (text) => {
      const set = library.abilities(parseType(text))
      const has = (bit: number): boolean => (set & bit) !== 0
      return { copy: has(COPY), drop: has(DROP), store: has(STORE), key: has(KEY) }
    },
    render: (text, bytes) => reading(() => renderBytes(library, parseType(text), bytes, 'flat')),
    renderTyped: (text, bytes) => reading(() => renderBytes(library, parseType(text), bytes, 'typed')),
    balanceOf: (text, bytes) => reading(() => nanosIn(library, parseType(text), bytes)),
    normalized: (packageId, module) => {
      const found = library.module(`${fullAddress(packageId)}::${module}`)
      return found && normalizedModule(found)
    },
  }
}

function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof InvalidBytes) throw broken(error.message)
    throw error
  }
}

function loadPackage(library: Library, { id, modules }: MovePackage): void {
  const address = fullAddress(id)
  if (library.hasPackage(address)) throw new Error(`package ${address} is loaded already`)
  for (const bytes of modules.values()) library.add(readModule(bytes))
}
