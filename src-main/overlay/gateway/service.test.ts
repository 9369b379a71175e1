import { beforeEach, expect, it } from 'vitest'
import { type ParleyError } from '../../contract/index.ts'
import type { LedgerGate } from '../../ledger/index.ts'
import type { DeviceLink } from '../relay/device-link.ts'
import { Gateway } from './service.ts'

const NOW = 1_700_000_000_000
/** A ledger that is slow: it answers when it is told to. */
let answers: (() => void)[]
let gateway: Gateway

beforeEach(() => {
  answers = []
  const slow = () => new Promise<object>((resolve) => answers.push(() => resolve({})))
  const gate: LedgerGate = { ask: slow, submit: slow, gain: () => Promise.resolve(undefined), close: () => {} }
  gateway = new Gateway({
    gate,
    price: () => undefined,
    clock: { now: () => NOW, steady: () => NOW, after: () => () => {} },
  })
})

/** `undefined` while it is under way or was answered, otherwise the refusal's code. */
async function codes(
  count: number,
  kind: 'query' | 'submit',
  addressOf: (number: number) => string,
  networkOf: (number: number) => string = String,
) {
  const refused: (string | undefined)[] = []
  for (let number = 0; number < count; number++) {
    const source = { network: networkOf(number) }
    const link = { address: addressOf(number), source, connection: { send: () => {} } } as unknown as DeviceLink
    const body =
      kind === 'query' ? { method: 'x', params: '[]' } : { bytes: new Uint8Array(), signature: new Uint8Array() }
    void Promise.resolve(gateway.deviceFrames[kind]?.(link, { name: kind, id: number, body } as never)).catch(
      (error: unknown) => (refused[number] = (error as ParleyError).code),
    )
    await Promise.resolve()
  }
  await new Promise((resolve) => setImmediate(resolve))
  return Array.from(refused, (code, number) => (code === undefined ? [] : [[number, code]])).flat()
}

it('asks a slow ledger so many questions at once, of all devices, and refuses the next until one is answered', async () => {
  expect(await codes(257, 'query', (number) => `0x${number}`)).toEqual([[256, 'rate_limited']])
  answers.shift()?.()
  await expect.poll(() => codes(1, 'query', () => '0xnext')).toEqual([])
})

it('leaves room to others where one network asks with many wallets', async () => {
  const wallet = (number: number) => `0x${number}`
  expect(await codes(65, 'query', wallet, () => '192.0.2.0/24')).toEqual([[64, 'rate_limited']])
  expect(await codes(1, 'query', wallet, () => '198.51.100.0/24')).toEqual([])
  answers.shift()?.()
  await expect
    .poll(() =>
      codes(
        1,
        'query',
        () => '0xnext',
        () => '192.0.2.0/24',
      ),
    )
    .toEqual([])
})

it('lets one address ask and submit so often, and others beside it', async () => {
  expect(await codes(201, 'query', () => '0xa')).toEqual([[200, 'rate_limited']])
  expect(await codes(21, 'submit', () => '0xa')).toEqual([[20, 'rate_limited']])
  expect(await codes(1, 'query', () => '0xb')).toEqual([])
})
