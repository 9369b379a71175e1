import parley from '../../../../../resources/move/build.json' with { type: 'json' }
import { createMoveMachine, type MoveMachine } from '../index.ts'
import { PACKAGE } from './world.ts'

/** A machine with the package as it is published, at the address that the other machine's unit tests give it. */
export function loadedMachine(): MoveMachine {
  const machine = createMoveMachine()
  const modules = parley.modules.map((module) => new Uint8Array(Buffer.from(module, 'base64')))
  machine.load(machine.verify(modules, PACKAGE))
  return machine
}
