import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node'
import { deadline, fromHex, toHex, utf8 } from '../../../base/index.ts'
import { pack, unpack } from './codec.ts'

/** The first other process that answers within this is asked for all. */
const WHO_MS = 1_000
const ALL_MS = 10_000
/** Bytes of one message: below the 1 MiB that NATS takes unless told otherwise. */
const CHUNK_BYTES = 256 * 1024

/** Answers others who ask: first who is there, then for everything. */
export function serveAll(
  connection: NatsConnection,
  prefix: string,
  process: string,
  all: () => readonly Uint8Array[],
): Subscription[] {
  const who = (error: unknown, message: Msg) => {
    if (!error && toHex(message.data) !== process) message.respond(utf8(process))
  }
  const tell = (error: unknown, message: Msg) => {
    if (!error) for (const chunk of [...chunks(all()), new Uint8Array()]) message.respond(chunk)
  }
  return [
    connection.subscribe(`${prefix}.who`, { callback: who }),
    connection.subscribe(`${prefix}.all.${process}`, { callback: tell }),
  ]
}

/** Asks another process for everything that it shares. Rejects where there is none, or it does not answer in time. */
export async function gather(
  connection: NatsConnection,
  prefix: string,
  process: string,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  const { data } = await connection.request(`${prefix}.who`, fromHex(process), { timeout: WHO_MS })
  const inbox = createInbox()
  let subscription: Subscription | undefined
  const told = new Promise<void>((resolve) => {
    const callback = (error: unknown, message: Msg) => {
      if (error || message.data.length === 0) return resolve()
      for (const packet of unpack(message.data)) take(packet)
    }
    subscription = connection.subscribe(inbox, { callback })
    connection.publish(`${prefix}.all.${Buffer.from(data).toString()}`, undefined, { reply: inbox })
  })
  await deadline(told, ALL_MS, 'Another process is silent.').finally(() => subscription?.unsubscribe())
}

/** Packets together in messages of about CHUNK_BYTES. */
function* chunks(packets: readonly Uint8Array[]): Generator<Uint8Array> {
  let parts: Uint8Array[] = []
  let size = 0
  for (const packet of packets) {
    if (size > 0 && size + packet.length > CHUNK_BYTES) {
      yield pack(parts)
      parts = []
      size = 0
    }
    parts.push(packet)
    size += packet.length
  }
  if (size > 0) yield pack(parts)
}
