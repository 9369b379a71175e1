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

export function serve(channel: Channel, handlers: Handlers): ServedChannel {
  const rpc = createBirpc<ClientFunctions, ServerFunctions>(
    {
      call: async (name, input) => {
        try {
          return await invoke(handlers, name, input)
        } catch (thrown) {
          throw toParleyError(thrown)
        }
      },
    },
    birpcOptions(channel),
  )
  return {
    emit: (name, payload) => void rpc.emit.asEvent(name, v.parse(events[name] as v.GenericSchema, payload)),
    close: () => rpc.$close(),
  }
}

export function connect(channel: Channel): Backend {
  const listeners = new Map<string, Set<(payload: never) => void>>()
  const rpc = createBirpc<ServerFunctions, ClientFunctions>(
    { emit: (name, payload) => listeners.get(name)?.forEach((listener) => listener(payload as never)) },
    birpcOptions(channel),
  )
  return {
    call: (name, input) => rpc.call(name, input) as Promise<MethodResult<typeof name>>,
    on: (name, listener) => {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener as (payload: never) => void))
      return () => set.delete(listener as (payload: never) => void)
    },
  }
}

function birpcOptions(channel: Channel) {
  return {
    post: (data: Uint8Array<ArrayBuffer>) => channel.post(data),
    on: (receiver: (data: Uint8Array) => void) => channel.receive(receiver),
    serialize: encodeMessage,
    deserialize: decodeMessage,
    timeout: CALL_TIMEOUT_MS,
    onTimeoutError: () => {
      throw new ParleyError('timeout', 'Parley did not answer in time.')
    },
  }
}
