import { concat, utf8 } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import type { Command } from '../commands.ts'
import type { StateLimits } from '../merge.ts'

/** Of what stands in the log: a process that meets another one stops rather than apply it wrongly. */
const LOG_VERSION = 4

/** The commands of one process and one turn, as one message of the log. */
export interface Batch {
  /** Who gave it: a new id with each start. */
  process: string
  /** Rises with each batch of the process, so that none counts twice. */
  number: number
  limits: StateLimits
  commands: Command[]
}

/** A command as JSON with its byte strings beside it. */
export function encodeCommand(command: Command): Uint8Array {
  const blobs: Uint8Array[] = []
  const json = JSON.stringify(command, function (this: Record<string, unknown>, key, value: unknown) {
    // `value` of a Buffer has been through its toJSON.
    const raw = this[key]
    return raw instanceof Uint8Array ? { $bytes: blobs.push(raw) - 1 } : value
  })
  return pack([utf8(json), ...blobs])
}

function decodeCommand(bytes: Uint8Array): Command {
  const [json, ...blobs] = unpack(bytes)
  return JSON.parse(text(json), (_key, value: unknown) => (isBlob(value) ? blobs[value.$bytes] : value)) as Command
}

function isBlob(value: unknown): value is { $bytes: number } {
  return typeof value === 'object' && value !== null && typeof (value as { $bytes?: unknown }).$bytes === 'number'
}

/** `commands` as `encodeCommand` made them. */
export function encodeBatch(head: Omit<Batch, 'commands'>, commands: readonly Uint8Array[]): Uint8Array {
  return pack([utf8(JSON.stringify({ version: LOG_VERSION, ...head })), ...commands])
}

/** Throws `unsupported_version`, or `invalid_params` for what is no batch. */
export function decodeBatch(bytes: Uint8Array): Batch {
  try {
    const [head, ...commands] = unpack(bytes)
    const { version, process, number, limits } = JSON.parse(text(head)) as Batch & { version: number }
    if (version > LOG_VERSION)
      throw new ParleyError('unsupported_version', 'Another process of this node is of a newer version.')
    if (version < LOG_VERSION)
      throw new ParleyError('unsupported_version', 'What stands in the cluster was written by an older version.')
    return { process, number, limits, commands: commands.map(decodeCommand) }
  } catch (error) {
    if (error instanceof ParleyError) throw error
    throw new ParleyError('invalid_params', "A message of the cluster's log cannot be read.", { cause: error })
  }
}

/** Each part with its length in four bytes before it. */
export function pack(parts: readonly Uint8Array[]): Uint8Array {
  return concat(
    ...parts.flatMap((part) => {
      const length = new Uint8Array(4)
      new DataView(length.buffer).setUint32(0, part.length)
      return [length, part]
    }),
  )
}

/** The parts, each with bytes of its own; throws RangeError. */
export function unpack(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at)
    at += 4
    if (at + length > bytes.length) throw new RangeError('a part ends beyond the message')
    parts.push(new Uint8Array(bytes.subarray(at, at + length)))
    at += length
  }
  return parts
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? new Uint8Array()).toString('utf8')
}
