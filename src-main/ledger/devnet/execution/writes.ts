import { coinContents, coinValue, type ObjectType, type Owner } from '../objects/index.ts'
import type { Frame, Value } from './frame.ts'
import type { CheckedTransaction } from './validate.ts'

/** An object about to be written; version and transaction are the same for all of them. */
export interface Draft {
  id: string
  type: ObjectType
  contents: Uint8Array
  owner: Owner
  storageRebate: bigint
}

export interface Writes {
  drafts: Map<string, Draft>
  /** NANOS in the coin that pays, before it does. */
  gasNanos: bigint
}

/** What a successful run leaves: transferred objects, inputs that stayed, and the gas coin. */
export function writesOf(checked: CheckedTransaction, frame: Frame): Writes {
  const [gasCoin] = checked.gasCoins
  const drafts = new Map<string, Draft>()
  for (const { value, owner } of frame.transferred) addDraft(drafts, value, owner)
  checked.inputObjects.forEach((object, index) => {
    const value = frame.inputs[index]?.value
    if (object && value) addDraft(drafts, value, object.owner)
  })
  if (frame.gas.value) addDraft(drafts, frame.gas.value, gasCoin.owner)
  const written = drafts.get(gasCoin.id)
  if (!written) throw new Error('the gas coin was consumed')
  return { drafts, gasNanos: coinValue(written) + checked.transaction.gas.budget }
}

/** What a failed run leaves: the inputs as they were, touched, and the gas coins made one. */
export function untouchedWrites(checked: CheckedTransaction): Writes {
  const [gasCoin, ...merged] = checked.gasCoins
  const gone = new Set(merged.map((coin) => coin.id))
  const drafts = new Map<string, Draft>()
  for (const { id, type, contents, owner } of checked.objects.values())
    if (!gone.has(id)) drafts.set(id, { id, type, contents, owner, storageRebate: 0n })
  const gasNanos = checked.gasCoins.reduce((sum, coin) => sum + coinValue(coin), 0n)
  drafts.set(gasCoin.id, {
    id: gasCoin.id,
    type: gasCoin.type,
    contents: coinContents(gasCoin.id, gasNanos),
    owner: gasCoin.owner,
    storageRebate: 0n,
  })
  return { drafts, gasNanos }
}

function addDraft(drafts: Map<string, Draft>, value: Value, owner: Owner): void {
  if (value.kind === 'vector') throw new Error('a vector is no object')
  if (value.kind === 'object') {
    const { id, type, contents } = value.object
    drafts.set(id, { id, type, contents, owner, storageRebate: 0n })
    return
  }
  const { id, type, nanos } = value
  drafts.set(id, { id, type, contents: coinContents(id, nanos), owner, storageRebate: 0n })
}
