import * as v from 'valibot'
import type { LocalNode } from '../node.ts'
import { deletedReference } from './effects-view.ts'
import { refuseSystemObject } from './framework.ts'
import { method, type MethodTable } from './method.ts'
import { objectView } from './object-view.ts'
import { idParam, idsParam, type ObjectOptions, objectOptionsParam, u64Param } from './params.ts'

const MAX_PAST_OBJECTS = 50
const pastObjectsParam = v.pipe(
  v.array(v.object({ objectId: idParam, version: u64Param })),
  v.maxLength(MAX_PAST_OBJECTS, `Input exceeds limit of ${MAX_PAST_OBJECTS}`),
)

export const objectMethods: MethodTable = {
  iota_getObject: method([idParam, objectOptionsParam], current),
  iota_multiGetObjects: method([idsParam, objectOptionsParam], (node, ids, options) =>
    ids.map((id) => current(node, id, options)),
  ),
  iota_tryGetPastObject: method([idParam, u64Param, objectOptionsParam], past),
  iota_tryMultiGetPastObjects: method([pastObjectsParam, objectOptionsParam], (node, objects, options) =>
    objects.map(({ objectId, version }) => past(node, objectId, version, options)),
  ),
}

function current(node: LocalNode, id: string, options: ObjectOptions): object {
  const object = node.chain.objects.get(id)
  if (object) return { data: objectView(node, object, options) }
  refuseSystemObject(id)
  const gone = deletedReference(node, id)
  if (!gone) return { error: { code: 'notExists', object_id: id } }
  const { objectId, version, digest } = gone
  return { error: { code: 'deleted', object_id: objectId, version: String(version), digest } }
}

/** Versions are written once, so a past one never changes. */
function past(node: LocalNode, id: string, version: bigint, options: ObjectOptions): object {
  const object = node.chain.objectAt(id, version)
  if (object) return { status: 'VersionFound', details: objectView(node, object, options) }
  const newest = node.chain.objects.get(id)
  const asked = version.toString()
  if (newest && newest.version < version)
    return {
      status: 'VersionTooHigh',
      details: { object_id: id, asked_version: asked, latest_version: newest.version.toString() },
    }
  if (newest) return { status: 'VersionNotFound', details: [id, asked] }
  refuseSystemObject(id)
  const gone = deletedReference(node, id)
  if (!gone) return { status: 'ObjectNotExists', details: id }
  if (version >= BigInt(gone.version)) return { status: 'ObjectDeleted', details: gone }
  return { status: 'VersionNotFound', details: [id, asked] }
}
