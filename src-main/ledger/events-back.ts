import { EVENT_PAGE, type NodeRegistry, type RegisteredNode, type RegistryPage } from './registry.ts'

/** What a page of a registry's events names. */
export interface NamedRecords {
  page: RegistryPage
  /** Objects that no page before it named. */
  objects: ReadonlySet<string>
  /** Those of them that stand on the ledger. */
  records: RegisteredNode[]
  /** There are no events behind it, or only of those who cannot be live any more. */
  isLast: boolean
}

export interface EventsBackQuery {
  /** Pages at most, of EVENT_PAGE events. */
  pages: number
  /** The ledger's epoch: what nobody can be live by is not read. */
  epoch?: bigint
  /** From where on; from the newest event where it is left out. */
  cursor?: string | undefined
  /** What this address did. */
  sender?: string
}

/** Reads a registry's events from the newest on back, with the records that they name: each once. Throws as the registry does. */
export async function* eventsBack(
  registry: Pick<NodeRegistry, 'events' | 'records'>,
  { pages, epoch, cursor, sender }: EventsBackQuery,
): AsyncGenerator<NamedRecords, void> {
  const seen = new Set<string>()
  let from = cursor
  for (let read = 0; read < pages; read++) {
    const place = { ...(from !== undefined && { cursor: from }), ...(sender !== undefined && { sender }) }
    const page = await registry.events({ order: 'newest', limit: EVENT_PAGE, ...place })
    const objects = new Set(page.events.map(({ object }) => object).filter((object) => !seen.has(object)))
    for (const object of objects) seen.add(object)
    const isOld = page.events.some(
      (event) => epoch !== undefined && event.epoch !== undefined && event.epoch + 1n < epoch,
    )
    const isLast = !page.more || isOld
    yield { page, objects, records: await registry.records([...objects]), isLast }
    if (isLast) return
    from = page.cursor
  }
}
