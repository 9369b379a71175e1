import type { Founding, LogRow, LogTables, Slot } from '../core/types.ts'

/** Tables in memory, for the model: what is in them survives the crash of the node that they belong to. */
export class MemoryTables implements LogTables {
  /** It has lost what it had. */
  forgetful = false
  readonly #rows = new Map<string, LogRow>()
  readonly #slots = new Map<string, Map<number, Slot>>()

  row(group: string): LogRow | undefined {
    return this.#rows.get(group)
  }

  /** As if it had never been here. */
  drop(group: string): void {
    this.#rows.delete(group)
    this.#slots.delete(group)
  }

  slot(group: string, epoch: number): Slot | undefined {
    return this.#slots.get(group)?.get(epoch)
  }

  slots(group: string, from: number, limit: number): Slot[] {
    return [...(this.#slots.get(group)?.values() ?? [])]
      .filter(({ epoch, value }) => epoch >= Math.max(0, from) && value !== undefined)
      .sort((a, b) => a.epoch - b.epoch)
      .slice(0, limit)
  }

  heads(group: string, from: number, limit: number): { epoch: number; decided: boolean }[] {
    return this.slots(group, from, limit).map(({ epoch, decided }) => ({ epoch, decided }))
  }

  total(group: string): { count: number; bytes: number; slots: number } {
    const slots = this.slots(group, 0, Infinity)
    return {
      slots: this.#slots.get(group)?.size ?? 0,
      count: slots.length,
      bytes: slots.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
    }
  }

  last(group: string): number | undefined {
    return this.slots(group, 0, Infinity).at(-1)?.epoch
  }

  owned({ owner, via }: Founding): number {
    return [...this.#rows.values()].filter((row) => row.owner === owner && row.via === via).length
  }

  remembers(): boolean {
    return !this.forgetful
  }

  requireFoundingRoom(): void {}

  requireKeepingRoom(): void {}

  requireEntryRoom(): void {}

  putRow(group: string, row: LogRow): void {
    this.#rows.set(group, row)
  }

  putSlot(group: string, slot: Slot): void {
    const slots = this.#slots.get(group) ?? new Map<number, Slot>()
    this.#slots.set(group, slots.set(slot.epoch, slot))
  }

  dropSlots(group: string, epoch?: number): void {
    if (epoch === undefined) this.#slots.delete(group)
    else this.#slots.get(group)?.delete(epoch)
  }

  dropBelow(group: string, floor: number): void {
    const slots = this.#slots.get(group)
    for (const { epoch, value } of slots?.values() ?? [])
      if (epoch >= 0 && (epoch < floor || value === undefined)) slots?.delete(epoch)
  }
}
