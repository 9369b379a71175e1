import * as v from 'valibot'
import { method, type MethodTable } from './method.ts'
import { objectTest } from './object-filter.ts'
import { objectView } from './object-view.ts'
import { idPage } from './page.ts'
import { idCursorParam, idParam, limitParam, objectOptionsParam } from './params.ts'

const queryParam = v.nullish(v.object({ filter: v.nullish(v.unknown()), options: objectOptionsParam }))
const nameParam = v.object({ type: v.pipe(v.string(), v.maxLength(512)), value: v.unknown() })

export const ownedMethods: MethodTable = {
  iotax_getOwnedObjects: method(
    [idParam, queryParam, idCursorParam, limitParam],
    (node, owner, query, cursor, limit) => {
      const objects = node.chain.objects.ownedBy(owner)
      const test = query?.filter == null ? undefined : objectTest(query.filter)
      const { data, ...rest } = idPage(test ? objects.filter(test) : objects, cursor, limit)
      return { data: data.map((object) => ({ data: objectView(node, object, query?.options) })), ...rest }
    },
  ),
  // No module that runs here has dynamic fields, so every object has none.
  iotax_getDynamicFields: method([idParam, idCursorParam, limitParam], () => ({
    data: [],
    nextCursor: null,
    hasNextPage: false,
  })),
  iotax_getDynamicFieldObject: method([idParam, nameParam], (_node, parent) => noField(parent)),
  iotax_getDynamicFieldObjectV2: method([idParam, nameParam, objectOptionsParam], (_node, parent) => noField(parent)),
}

function noField(parent: string): object {
  return { error: { code: 'dynamicFieldNotFound', parent_object_id: parent } }
}
