import { createBirpc } from 'birpc'
import * as v from 'valibot'
import { decodeMessage, encodeMessage } from './codec.ts'
import { ParleyError, toParleyError } from './errors.ts'
import { events, type EventName, type EventPayload } from './events.ts'
import { type Handlers, type MethodInput, type MethodName, type MethodResult, methods } from './methods.ts'

/** A transport of whole byte messages in order: an IPC port or a WebSocket. */
export interface Channel {
  post(bytes: Uint8Array<ArrayBuffer>): void
  /** Sets the one receiver. */
  receive(receiver: (bytes: Uint8Array) => void): void
}

/** What the window or a bot holds. */
export interface Backend {
  /** Throws a ParleyError with the code that the main process gave; `timeout` after 60 s. */
  call<K extends MethodName>(name: K, input: MethodInput<K>): Promise<MethodResult<K>>
  on<K extends EventName>(name: K, listener: (payload: EventPayload<K>) => void): () => void
}

export interface ServedChannel {
  emit<K extends EventName>(name: K, payload: EventPayload<K>): void
  close(): void
}

interface ClientFunctions {
  emit(name: string, payload: unknown): void
}
interface ServerFunctions {
  call(name: string, input: unknown): Promise<unknown>
}

/** Longer than any honest call (argon2, a ledger round trip), so that a dead main process shows as an error. */
const CALL_TIMEOUT_MS = 60_000

/** Checks a call against its schemas and runs its handler; the one door for every transport. */
export async function invoke(handlers: Handlers, name: string, input: unknown): Promise<unknown> {
  if (!Object.hasOwn(methods, name)) throw new ParleyError('not_found', 'There is no such call.')
  const method = methods[name as MethodName]
  if (Array.isArray(input)) throw new ParleyError('invalid_params', 'Parameters are an object with names.')
  const params = v.safeParse(method.input as v.GenericSchema, input)
  if (!params.success) throw new ParleyError('invalid_params', describe(params.issues))
  const run = handlers[name as MethodName] as (params: unknown) => Promise<unknown>
  const result = await run(params.output)
  return v.parse(method.output as v.GenericSchema, result ?? {})
}

function describe(issues: readonly v.BaseIssue<unknown>[]): string {
  const [issue] = issues
  const path = issue?.path?.map((item) => String(item.key)).join('.')
  return path ? `${path}: ${issue?.message}` : (issue?.message ?? 'invalid parameters')
}

/**
 * Answers calls that arrive on a channel. `onBadMessage` hears of bytes that no honest window sends (the host then closes
 * the channel) and of answers that could not be sent; neither ever throws into the transport.
 */
export function serve(
  channel: Channel,
  handlers: Handlers,
  onBadMessage: (error: ParleyError) => void = () => {},
): ServedChannel {
  const functions: ServerFunctions = {
    call: async (name, input) => {
      try {
        return await invoke(handlers, name, input)
      } catch (thrown) {
        throw toParleyError(thrown)
      }
    },
  }
  const rpc = createBirpc<ClientFunctions, ServerFunctions>(functions, birpcOptions(channel, 'call', onBadMessage))
  return {
    emit: (name, payload) => {
      if (rpc.$closed) return
      const checked = v.parse(events[name] as v.GenericSchema, payload)
      rpc.emit.asEvent(name, checked).catch((error: unknown) => onBadMessage(toParleyError(error)))
    },
    close: () => rpc.$close(),
  }
}

/** A client of `serve`. After `close` every call, waiting or new, rejects with `offline`. */
export function connect(channel: Channel): Backend & { close(): void } {
  const listeners = new Map<string, Set<(payload: never) => void>>()
  const functions: ClientFunctions = {
    emit: (name, payload) => listeners.get(name)?.forEach((listener) => listener(payload as never)),
  }
  const rpc = createBirpc<ServerFunctions, ClientFunctions>(
    functions,
    birpcOptions(channel, 'emit', () => {}),
  )
  const closed = () => new ParleyError('offline', 'The window has lost its connection to Parley.')
  return {
    call: async (name, input) => {
      if (rpc.$closed) throw closed()
      return (await rpc.call(name, input)) as MethodResult<typeof name>
    },
    on: (name, listener) => {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener as (payload: never) => void))
      return () => set.delete(listener as (payload: never) => void)
    },
    close: () => rpc.$close(closed()),
  }
}

/** The library's own frame: a question for the one function of this side, or an answer. */
const frameSchema = (functionName: string) =>
  v.union([
    v.object({
      t: v.literal('q'),
      m: v.literal(functionName),
      a: v.tuple([v.pipe(v.string(), v.maxLength(64)), v.unknown()]),
      i: v.optional(v.pipe(v.string(), v.maxLength(64))),
      o: v.optional(v.boolean()),
    }),
    v.object({
      t: v.literal('s'),
      i: v.pipe(v.string(), v.maxLength(64)),
      r: v.optional(v.unknown()),
      e: v.optional(v.unknown()),
    }),
  ])

/** An answer to a question that was never asked: the library drops it. */
const ignored = { t: 's', i: '' }

function birpcOptions(channel: Channel, functionName: string, onBadMessage: (error: ParleyError) => void) {
  const schema = frameSchema(functionName)
  return {
    post: (data: Uint8Array<ArrayBuffer>) => channel.post(data),
    on: (receiver: (data: Uint8Array) => void) => channel.receive(receiver),
    serialize: encodeMessage,
    deserialize: (data: Uint8Array): unknown => {
      try {
        return v.parse(schema, decodeMessage(data))
      } catch (thrown) {
        const known = thrown instanceof ParleyError
        onBadMessage(
          known ? thrown : new ParleyError('invalid_params', 'This message is not a call.', { cause: thrown }),
        )
        return ignored
      }
    },
    timeout: CALL_TIMEOUT_MS,
    onTimeoutError: () => {
      throw new ParleyError('timeout', 'Parley did not answer in time.')
    },
  }
}
