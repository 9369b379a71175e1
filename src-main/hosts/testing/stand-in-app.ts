import type { App, AppListener } from '../../app/index.ts'
import { type Contact, type Handlers, methods, type MethodName, ParleyError } from '../../contract/index.ts'

export const alice = `0x${'a1'.repeat(32)}`
export const bob = `0x${'b0'.repeat(32)}`

export function contact(name: string): Contact {
  return { address: bob, name, state: 'accepted', verified: false, online: false, addedAt: 1 }
}

export interface StandInApp extends App {
  readonly emit: AppListener
  readonly touches: () => number
  readonly listeners: () => number
  readonly stopped: () => boolean
}

/** The smallest thing behind a host that behaves as an app: simple answers, a refusal, a bug, an event. */
export function createStandInApp(replace: Partial<Handlers> = {}): StandInApp {
  const listeners = new Set<AppListener>()
  let touches = 0
  let stopped = false
  const missing = (name: string) => async () => {
    throw new ParleyError('not_supported', `${name} is not there.`)
  }
  const names = Object.keys(methods) as MethodName[]
  const handlers = Object.fromEntries(names.map((name) => [name, missing(name)])) as unknown as Handlers
  const touch = () => void touches++
  Object.assign(handlers, answers, { 'app.touch': async () => (touch(), {}) }, replace)
  return {
    handlers,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    touch,
    stop: async () => void (stopped = true),
    emit: (name, payload) => listeners.forEach((listener) => listener(name, payload)),
    touches: () => touches,
    listeners: () => listeners.size,
    stopped: () => stopped,
  }
}

const answers: Partial<Handlers> = {
  'app.info': async () => ({ version: '1.2.3', host: 'headless', dataFolder: '/data', canOpenFolder: false }),
  'identity.get': async () => {
    throw new ParleyError('no_identity', 'There is no identity yet.', { retryAfter: 250 })
  },
  /** A bug: an error that is not meant for the window, with something that must not get there. */
  'identity.lock': async () => {
    throw new Error('the secret is 12345')
  },
  'contacts.add': async ({ name }) => ({
    ...contact(name ?? 'nobody'),
    ...(name === undefined && { note: undefined }),
  }),
  'contacts.list': async () => ({ contacts: [contact('x'.repeat(1024 * 1024))] }),
  'rooms.sendData': async ({ data }) => ({ dataId: 'd', members: data.length }),
  'wallet.balance': async () => ({ address: alice, nanos: 12_345_678_901_234_567_890n }),
  'wallet.send': async ({ nanos = 0n }) => ({
    digest: 'd',
    fee: { burned: nanos, deposit: -1n, relay: 0n },
    state: 'done',
  }),
}
