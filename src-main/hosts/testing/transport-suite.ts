import { afterEach, describe, expect, test } from 'vitest'
import type { App } from '../../app/index.ts'
import {
  type Channel,
  connect,
  decodeMessage,
  encodeMessage,
  type MethodInput,
  type MethodName,
  ParleyError,
} from '../../contract/index.ts'
import { bob, contact, createStandInApp, type StandInApp } from './stand-in-app.ts'

export interface TransportUnderTest {
  /** The client's end. */
  channel: Channel
  /** Breaks the transport as a window that closes does. */
  close(): Promise<void>
}

const hostileBytes: readonly [string, Uint8Array<ArrayBuffer>][] = [
  ['nothing', new Uint8Array()],
  ['bytes that are not UTF-8', new Uint8Array([0xff, 0xfe, 0x00])],
  ['text that is not the codec', new TextEncoder().encode('{"t":"q"')],
  ['a value that is no frame', encodeMessage(undefined)],
  ['a frame for a function that is not there', encodeMessage({ t: 'q', m: 'constructor', a: ['x', 1], i: 'a' })],
  ['a frame with arguments that are no list', encodeMessage({ t: 'q', m: 'call', a: 7, i: 'a' })],
  ['an answer nobody asked for', encodeMessage({ t: 's', i: 'zzz', r: 1 })],
  ['a prototype key', new TextEncoder().encode('[{"__proto__":1},{}]')],
  ['a deep nest', new TextEncoder().encode('['.repeat(100_000))],
]

/** What every transport between a window and the app must do alike. */
export function transportSuite(name: string, open: (app: App) => Promise<TransportUnderTest>): void {
  describe(`${name} transport`, () => {
    let ended: (() => Promise<void>) | undefined
    afterEach(async () => {
      await ended?.()
      ended = undefined
    })
    const start = async (app: StandInApp = createStandInApp()) => {
      const transport = await open(app)
      ended = transport.close
      return { app, transport, client: connect(transport.channel) }
    }
    valueTests(start)
    errorTests(start)
    streamTests(start)
    for (const [kind, bytes] of hostileBytes) {
      test(`survives ${kind}, and serves the next window`, async () => {
        const { transport, app } = await start()
        transport.channel.post(bytes)
        await new Promise((resolve) => setTimeout(resolve, 30))
        await transport.close()
        const next = await start(app)
        expect(await next.client.call('app.info', {})).toMatchObject({ version: '1.2.3' })
      })
    }
  })
}

type Start = (app?: StandInApp) => Promise<{
  app: StandInApp
  transport: TransportUnderTest
  client: ReturnType<typeof connect>
}>

function valueTests(start: Start): void {
  test('bigint arrives as bigint in both directions', async () => {
    const { client } = await start()
    expect((await client.call('wallet.balance', {})).nanos).toBe(12_345_678_901_234_567_890n)
    expect((await client.call('wallet.send', { to: bob, nanos: 7n })).fee).toEqual({
      burned: 7n,
      deposit: -1n,
      relay: 0n,
    })
  })

  test('undefined stays undefined', async () => {
    const { client } = await start()
    const answer = await client.call('contacts.add', { address: bob, name: undefined })
    expect(answer.name).toBe('nobody')
    expect('note' in answer && answer.note === undefined).toBe(true)
  })

  test('bytes and dates cross the channel as they are', async () => {
    const seen: unknown[] = []
    const { client } = await start(
      createStandInApp({
        'contacts.list': async () => {
          // No method carries bytes yet: the codec's own check in the frame that the transport moves.
          seen.push(decodeMessage(encodeMessage({ bytes: new Uint8Array([1, 2, 255]), at: new Date(5) })))
          return { contacts: [] }
        },
      }),
    )
    await client.call('contacts.list', {})
    expect(seen).toEqual([{ bytes: new Uint8Array([1, 2, 255]), at: new Date(5) }])
    await expect(send(client, 'contacts.add', { address: new Uint8Array([1]) })).rejects.toMatchObject({
      code: 'invalid_params',
    })
    await expect(send(client, 'contacts.add', { address: new Date(5) })).rejects.toMatchObject({
      code: 'invalid_params',
    })
  })

  test('a message of 1 MB passes in both directions', async () => {
    const { client } = await start()
    const { contacts } = await client.call('contacts.list', {})
    expect(contacts[0]?.name).toHaveLength(1024 * 1024)
    const large = { address: bob, note: 'x'.repeat(1024 * 1024) }
    await expect(client.call('contacts.add', large)).rejects.toMatchObject({ code: 'invalid_params' })
  })

  test('a message beyond the limit is refused before it is sent', async () => {
    const { client } = await start()
    const huge = { address: bob, note: 'x'.repeat(25 * 1024 * 1024) }
    await expect(client.call('contacts.add', huge)).rejects.toMatchObject({ code: 'too_large' })
    expect(await client.call('app.info', {})).toMatchObject({ version: '1.2.3' })
  })
}

function errorTests(start: Start): void {
  test('errors arrive with code, sentence and retryAfter', async () => {
    const { client } = await start()
    const error = await client.call('identity.get', {}).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ParleyError)
    expect(error).toMatchObject({ code: 'no_identity', message: 'There is no identity yet.', retryAfter: 250 })
  })

  test('a bug inside says nothing of the inside', async () => {
    const { client } = await start()
    const error = await client.call('identity.lock', {}).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'internal' })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('12345')
  })

  test('unknown calls and inherited names are not found', async () => {
    const { client } = await start()
    for (const name of ['no.such', 'constructor', '__proto__', 'toString', ''])
      await expect(send(client, name, {})).rejects.toMatchObject({ code: 'not_found' })
  })

  test('parameters that break the schema never reach a handler', async () => {
    let reached = 0
    const { client } = await start(
      createStandInApp({
        'contacts.add': async () => {
          reached++
          return contact('x')
        },
      }),
    )
    for (const params of [undefined, null, 7, [], { address: '' }, { address: bob, extra: 1 }, { address: 1n }])
      await expect(send(client, 'contacts.add', params)).rejects.toMatchObject({ code: 'invalid_params' })
    expect(reached).toBe(0)
  })
}

function streamTests(start: Start): void {
  test('events reach the window, in order', async () => {
    const { client, app } = await start()
    await client.call('app.info', {})
    const got: boolean[] = []
    client.on('presence', ({ online }) => got.push(online))
    for (const online of [true, false, true]) app.emit('presence', { address: bob, online })
    await expect.poll(() => got).toEqual([true, false, true])
  })

  test('the traffic of a window is not use: only app.touch is', async () => {
    const { client, app } = await start()
    await client.call('app.info', {})
    await client.call('contacts.list', {})
    expect(app.touches()).toBe(0)
    await client.call('app.touch', {})
    expect(app.touches()).toBe(1)
  })

  test('a hundred calls at once each get their own answer', async () => {
    const { client } = await start()
    const amounts = Array.from({ length: 100 }, (_, index) => BigInt(index))
    const answers = await Promise.all(amounts.map((nanos) => client.call('wallet.send', { to: bob, nanos })))
    expect(answers.map((answer) => answer.fee.burned)).toEqual(amounts)
  })

  test('after close: calls reject, waiting ones too, late events and answers do no harm, nothing listens', async () => {
    let answer = () => {}
    const waiting = new Promise<void>((resolve) => (answer = resolve))
    const slow = createStandInApp({ 'contacts.remove': async () => (await waiting, {}) })
    const { client, app, transport } = await start(slow)
    const pending = client.call('contacts.remove', { address: bob }).catch((thrown: unknown) => thrown)
    await client.call('app.info', {})
    client.close()
    await transport.close()
    expect(await pending).toMatchObject({ code: 'offline' })
    await expect(client.call('app.info', {})).rejects.toMatchObject({ code: 'offline' })
    await expect.poll(() => app.listeners()).toBe(0)
    answer()
    app.emit('presence', { address: bob, online: true })
    await new Promise((resolve) => setTimeout(resolve, 20))
  })
}

/** A call that the types forbid. */
function send(client: ReturnType<typeof connect>, name: string, params: unknown): Promise<unknown> {
  return client.call(name as MethodName, params as MethodInput<MethodName>)
}
