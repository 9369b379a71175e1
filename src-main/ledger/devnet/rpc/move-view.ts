import { toBase64 } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import { MoveFailure } from '../move/index.ts'
import type { LocalNode } from '../node.ts'
import {
  canonicalType,
  coinTypeOf,
  coinValue,
  decodePackage,
  type LedgerObject,
  moveTypeOf,
  shownType,
} from '../objects/index.ts'

const ID_BYTES = 32
const UPGRADE_CAP_TYPE = canonicalType('0x2::package::UpgradeCap')
/** What follows the id. */
const UpgradeCap = bcs.struct('UpgradeCap', { package: bcs.Address, version: bcs.u64(), policy: bcs.u8() })

export function shownTypeOf(object: LedgerObject): string {
  return shownType(moveTypeOf(object))
}

/** The fields of a Move object; what is nested in them has its type beside it. */
export function fieldsOf({ chain }: LocalNode, object: LedgerObject): unknown {
  const fields = (type: string, bytes: Uint8Array) =>
    (chain.machine.renderTyped(type, bytes) as { fields: unknown }).fields
  return known(object, fields)
}

/** The same without types. */
export function plainFieldsOf({ chain }: LocalNode, object: LedgerObject): unknown {
  return known(object, (type, bytes) => chain.machine.render(type, bytes))
}

function known(object: LedgerObject, render: (type: string, bytes: Uint8Array) => unknown): unknown {
  const id = { id: object.id }
  if (coinTypeOf(object) !== undefined) return { balance: coinValue(object).toString(), id }
  if (moveTypeOf(object) === UPGRADE_CAP_TYPE) return { id, ...UpgradeCap.parse(object.contents.subarray(ID_BYTES)) }
  try {
    return render(moveTypeOf(object), object.contents)
  } catch (error) {
    // Types of the framework that no published module names are not known by their fields.
    if (!(error instanceof MoveFailure)) throw error
    return { id }
  }
}

/** A package's `content`: its bytecode is not made readable, only its modules are named. */
export function packageContent(object: LedgerObject): object {
  const names = [...decodePackage(object).modules.keys()]
  return {
    dataType: 'package',
    disassembled: Object.fromEntries(names.map((name) => [name, `// module ${object.id}::${name}`])),
  }
}

export function packageBcs(object: LedgerObject): object {
  const { id, version, modules, types, linkage } = decodePackage(object)
  return {
    dataType: 'package',
    id,
    version: version.toString(),
    moduleMap: Object.fromEntries([...modules].map(([name, bytes]) => [name, toBase64(bytes)])),
    typeOriginTable: types.map(({ module, name }) => ({ module_name: module, datatype_name: name, package: id })),
    linkageTable: Object.fromEntries(
      linkage.map((each) => [each.id, { upgraded_id: each.id, upgraded_version: each.version.toString() }]),
    ),
  }
}
