import { ref, type Ref } from 'vue'
import { type Backend, connect, type EventName, events, ParleyError } from '../../src-main/contract/index.ts'
import type { Transport } from './transport.ts'

/** `ended`: the host runs, but does not know this window any more; it needs a new link. */
export type LinkState = 'connecting' | 'up' | 'down' | 'ended'

export interface WindowBackend extends Backend {
  /** Whether the main process can be reached now. */
  readonly state: Readonly<Ref<LinkState>>
  stop(): void
}

/**
 * A backend that outlives its connection: listeners stay across reconnects; a call without a connection, or one
 * whose connection breaks, fails with `offline`.
 */
export function openBackend(transport: Transport): WindowBackend {
  const state = ref<LinkState>('connecting')
  const listeners = new Map<EventName, Set<(payload: never) => void>>()
  let connection: ReturnType<typeof connect> | undefined
  const down = () => {
    connection?.close()
    connection = undefined
    state.value = 'down'
  }
  const stop = transport.start(
    (channel) => {
      const opened = connect(channel)
      for (const name of Object.keys(events) as EventName[])
        opened.on(name, (payload) => listeners.get(name)?.forEach((listener) => listener(payload as never)))
      connection = opened
      state.value = 'up'
    },
    down,
    () => (state.value = 'ended'),
  )
  return {
    state,
    stop: () => {
      stop()
      down()
    },
    call: async (name, input) => {
      if (!connection) throw new ParleyError('offline', 'Parley is not running.')
      return connection.call(name, input)
    },
    on: (name, listener) => {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener as (payload: never) => void))
      return () => set.delete(listener as (payload: never) => void)
    },
  }
}
