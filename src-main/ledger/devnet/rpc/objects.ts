import * as v from 'valibot'
import type { LocalNode } from '../node.ts'
import type { LedgerObject } from '../objects/index.ts'
import { method, type Method } from './method.ts'
import { objectView } from './object-view.ts'
import { firstIndex, page, pageSize } from './page.ts'
import {
  countParam,
  cursorParam,
  idParam,
  idsParam,
  limitParam,
  type ObjectOptions,
  objectOptionsParam,
} from './params.ts'
import { RPC_CODES, RpcError } from './errors.ts'

const queryParam = v.nullish(v.object({ filter: v.nullish(v.unknown()), options: objectOptionsParam }))

export const objectMethods: Record<string, Method> = {
  iota_getObject: method([idParam, objectOptionsParam], current),
  iota_multiGetObjects: method([idsParam, objectOptionsParam], (node, ids, options) =>
    ids.map((id) => current(node, id, options)),
  ),
  iota_tryGetPastObject: method([idParam, countParam, objectOptionsParam], (node, id, version, options) => {
    const object = atVersion(node, id, BigInt(version))
    if (object) return { status: 'VersionFound', details: objectView(object, options) }
    const newest = node.chain.objects.get(id)
    if (!newest) return { status: 'ObjectNotExists', details: id }
    if (newest.version >= BigInt(version)) return { status: 'VersionNotFound', details: [id, String(version)] }
    const details = { object_id: id, asked_version: String(version), latest_version: newest.version.toString() }
    return { status: 'VersionTooHigh', details }
  }),
  iotax_getOwnedObjects: method([idParam, queryParam, cursorParam, limitParam], (node, owner, query, cursor, limit) => {
    if (query?.filter != null)
      throw new RpcError(RPC_CODES.methodNotFound, 'This filter is not supported by this devnet')
    const objects = node.chain.objects.ownedBy(owner)
    const start = cursor == null ? 0 : firstIndex(objects.length, (index) => (objects[index]?.id ?? '') > cursor)
    const { data, ...rest } = page(objects, start, pageSize(limit), ({ id }) => id)
    return { data: data.map((object) => ({ data: objectView(object, query?.options) })), ...rest }
  }),
}

function current(node: LocalNode, id: string, options: ObjectOptions): object {
  const object = node.chain.objects.get(id)
  return object ? { data: objectView(object, options) } : { error: { code: 'notExists', object_id: id } }
}

function atVersion(node: LocalNode, id: string, version: bigint): LedgerObject | undefined {
  const { chain } = node
  const newest = chain.objects.get(id)
  if (newest?.version === version) return newest
  for (const index of chain.changing(id)) {
    const change = chain.entries[index]?.execution.changes.find((each) => each.id === id)
    if (change?.before?.version === version) return change.before
  }
  return undefined
}
