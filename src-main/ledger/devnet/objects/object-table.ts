import { type LedgerObject, ownerAddress } from './types.ts'

/** The live objects, by id and by the address that owns them. */
export class ObjectTable {
  readonly #objects = new Map<string, LedgerObject>()
  readonly #owned = new Map<string, { ids: Set<string>; sorted?: LedgerObject[] }>()

  get size(): number {
    return this.#objects.size
  }

  get(id: string): LedgerObject | undefined {
    return this.#objects.get(id)
  }

  values(): IterableIterator<LedgerObject> {
    return this.#objects.values()
  }

  put(object: LedgerObject): void {
    this.remove(object.id)
    this.#objects.set(object.id, object)
    const owner = ownerAddress(object.owner)
    if (owner === undefined) return
    const ids = this.#owned.get(owner)?.ids ?? new Set()
    this.#owned.set(owner, { ids: ids.add(object.id) })
  }

  remove(id: string): void {
    const object = this.#objects.get(id)
    if (!object) return
    this.#objects.delete(id)
    const owner = ownerAddress(object.owner)
    const owned = owner === undefined ? undefined : this.#owned.get(owner)
    if (!owned || owner === undefined) return
    owned.ids.delete(id)
    delete owned.sorted
    if (owned.ids.size === 0) this.#owned.delete(owner)
  }

  /** The objects of an address in order of their ids. Sorted once for all pages that are read between two changes. */
  ownedBy(address: string): readonly LedgerObject[] {
    const owned = this.#owned.get(address)
    if (!owned) return []
    owned.sorted ??= [...owned.ids].sort().flatMap((id) => this.#objects.get(id) ?? [])
    return owned.sorted
  }
}
