import { type LedgerObject, ownerAddress } from './types.ts'

/** The live objects, by id and by the address that owns them. */
export class ObjectTable {
  readonly #objects = new Map<string, LedgerObject>()
  readonly #owned = new Map<string, Set<string>>()

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
    const owned = this.#owned.get(owner)
    if (owned) owned.add(object.id)
    else this.#owned.set(owner, new Set([object.id]))
  }

  remove(id: string): void {
    const object = this.#objects.get(id)
    if (!object) return
    this.#objects.delete(id)
    const owner = ownerAddress(object.owner)
    const owned = owner === undefined ? undefined : this.#owned.get(owner)
    if (!owned || owner === undefined) return
    owned.delete(id)
    if (owned.size === 0) this.#owned.delete(owner)
  }

  /** The objects of an address in order of their ids. */
  ownedBy(address: string): LedgerObject[] {
    const ids = [...(this.#owned.get(address) ?? [])].sort()
    return ids.flatMap((id) => this.#objects.get(id) ?? [])
  }
}
