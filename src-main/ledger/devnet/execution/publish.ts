import { fromBase64 } from '@iota/bcs'
import { concat, fromHex } from '../../../base/index.ts'
import { MoveFailure, type MovePackage } from '../move/index.ts'
import { encodePackage } from '../objects/index.ts'
import { ExecutionFailure, NotSupported } from './errors.ts'
import type { Frame } from './frame.ts'
import type { Command } from './transaction.ts'
import { UPGRADE_CAP_TYPE, type Value } from './value.ts'

/** Version of every package: there are no upgrades. */
export const PACKAGE_VERSION = 1n
/** Any change is allowed: the policy of a new UpgradeCap. */
const COMPATIBLE_POLICY = 0

/** Makes an immutable package of the modules; answers its UpgradeCap. Throws ExecutionFailure. */
export function publishPackage(frame: Frame, { modules, dependencies }: NonNullable<Command['Publish']>): Value[] {
  const id = frame.newId()
  const made = verify(
    frame,
    modules.map((module) => fromBase64(module)),
    id,
  )
  const contents = encodePackage({
    id,
    version: PACKAGE_VERSION,
    modules: made.modules,
    types: made.types ?? [],
    linkage: dependencies.map((each) => ({ id: each, version: PACKAGE_VERSION })),
  })
  frame.packages.push({ id, modules: [...made.modules.keys()].sort(), contents })
  return [upgradeCap(frame.newId(), id)]
}

function verify(frame: Frame, modules: Uint8Array[], id: string): MovePackage {
  try {
    const made = frame.context.machine.verify(modules, id)
    if (made.hasInitializer) throw new NotSupported('Publishing a module with an init function')
    return made
  } catch (error) {
    if (error instanceof MoveFailure) throw new ExecutionFailure(error.status)
    throw error
  }
}

/** BCS of UpgradeCap: id, package, version u64, policy u8. */
function upgradeCap(id: string, packageId: string): Value {
  const version = new Uint8Array(8)
  new DataView(version.buffer).setBigUint64(0, PACKAGE_VERSION, true)
  const bytes = concat(fromHex(id), fromHex(packageId), version, Uint8Array.of(COMPATIBLE_POLICY))
  return { kind: 'move', type: UPGRADE_CAP_TYPE, bytes, id }
}
