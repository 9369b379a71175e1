import * as v from 'valibot'
import type { TransactionFilter } from '../types.ts'
import { invalidParams } from './errors.ts'
import { filterPart, variantOf } from './filter-shape.ts'
import { countParam, idParam, identifierParam } from './params.ts'

/** The only kind that is ever executed here. */
const KIND = 'ProgrammableTransaction'
const kindSchema = v.picklist([
  KIND,
  'Genesis',
  'ConsensusCommitPrologueV1',
  'AuthenticatorStateUpdateV1',
  'RandomnessStateUpdate',
  'EndOfEpochTransaction',
  'SystemTransaction',
])
const kindsSchema = v.pipe(v.array(kindSchema), v.maxLength(16))
const functionSchema = v.object({
  package: idParam,
  module: v.nullish(identifierParam),
  function: v.nullish(identifierParam),
})
const fromAndTo = v.object({ from: idParam, to: idParam })
const party = v.object({ addr: idParam })

/** Reads TransactionFilter; undefined where it can match nothing here. Throws -32602 for anything else. */
export function transactionFilter(filter: unknown): TransactionFilter | undefined {
  if (filter == null) return { all: true }
  const [name, value] = variantOf(filter)
  switch (name) {
    case 'FromAddress':
      return { sender: filterPart(idParam, value) }
    case 'ToAddress':
      return { recipient: filterPart(idParam, value) }
    case 'FromAndToAddress': {
      const { from, to } = filterPart(fromAndTo, value)
      return { sender: from, recipient: to }
    }
    case 'FromOrToAddress':
      return { party: filterPart(party, value).addr }
    case 'InputObject':
      return { input: filterPart(idParam, value) }
    case 'ChangedObject':
      return { changed: filterPart(idParam, value) }
    case 'WrappedOrDeletedObject':
      return { gone: filterPart(idParam, value) }
    case 'Checkpoint':
      return { checkpoint: filterPart(countParam, value) }
    case 'MoveFunction':
      return moveFunction(filterPart(functionSchema, value))
    case 'TransactionKind':
      return filterPart(kindSchema, value) === KIND ? { all: true } : undefined
    case 'TransactionKindIn':
      return filterPart(kindsSchema, value).includes(KIND) ? { all: true } : undefined
    default:
      throw invalidParams(`Invalid params: unknown filter ${name.slice(0, 40)}`)
  }
}

function moveFunction({ package: id, module, function: name }: v.InferOutput<typeof functionSchema>) {
  if (name != null && module == null) throw invalidParams('Invalid params: filter: a function needs its module')
  return { package: id, ...(module != null && { module }), ...(name != null && { function: name }) }
}
