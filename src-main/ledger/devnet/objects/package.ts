import { bcs as core } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import { ByteVector } from '../../../wire/index.ts'

const ID_BYTES = 32
/** An id and a version. */
const LINK_BYTES = 32 + 8
/** The network's limit of a package; a transaction's 128 KiB is the tighter one. */
const MAX_PACKAGE_BYTES = 256 * 1024

const MovePackage = core.struct('MovePackage', {
  id: bcs.Address,
  version: core.u64(),
  moduleMap: core.vector(core.tuple([core.string(), ByteVector])),
  typeOriginTable: core.vector(
    core.struct('TypeOrigin', { moduleName: core.string(), datatypeName: core.string(), package: bcs.Address }),
  ),
  linkageTable: core.vector(
    core.tuple([bcs.Address, core.struct('UpgradeInfo', { upgradedId: bcs.Address, upgradedVersion: core.u64() })]),
  ),
})

export interface PackageContents {
  id: string
  /** 1: packages are not upgraded here. */
  version: bigint
  /** Bytecode by name, in order of names. */
  modules: ReadonlyMap<string, Uint8Array>
  /** Where each type was declared first: always this package. */
  types: readonly { module: string; name: string }[]
  /** Packages that it calls, each at the version it was linked with. */
  linkage: readonly { id: string; version: bigint }[]
}

/** BCS of MovePackage, which stands in an object's `contents`. */
export function encodePackage({ id, version, modules, types, linkage }: PackageContents): Uint8Array {
  const moduleMap = [...modules].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, bytes]) => [name, bytes] as const)
  const value = {
    id,
    version,
    moduleMap: moduleMap.map(([name, bytes]): [string, Uint8Array] => [name, bytes]),
    typeOriginTable: types.map(({ module, name }) => ({ moduleName: module, datatypeName: name, package: id })),
    linkageTable: [...linkage]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((each): [string, { upgradedId: string; upgradedVersion: bigint }] => [
        each.id,
        { upgradedId: each.id, upgradedVersion: each.version },
      ]),
  }
  return MovePackage.serialize(value, { maxSize: MAX_PACKAGE_BYTES }).toBytes()
}

/** What a package object holds. Throws for the contents of any other object. */
export function decodePackage({ contents }: { contents: Uint8Array }): PackageContents {
  const { id, version, moduleMap, typeOriginTable, linkageTable } = MovePackage.parse(contents)
  return {
    id,
    version: BigInt(version),
    modules: new Map(moduleMap),
    types: typeOriginTable.map(({ moduleName, datatypeName }) => ({ module: moduleName, name: datatypeName })),
    linkage: linkageTable.map(([original, { upgradedVersion }]) => ({
      id: original,
      version: BigInt(upgradedVersion),
    })),
  }
}

/** Bytes that a package's deposit is for, beside what every object has. */
export function packageSize(object: { contents: Uint8Array }): number {
  const { modules, types, linkage } = decodePackage(object)
  let size = linkage.length * (ID_BYTES + LINK_BYTES)
  for (const [name, bytes] of modules) size += name.length + bytes.length
  for (const { module, name } of types) size += module.length + name.length + ID_BYTES
  return size
}
