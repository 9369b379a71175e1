import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type SdkLedger, startSdk } from './testing/index.ts'

const DEADLINE_MS = 3_000
const REFUSED = { code: -32601, message: expect.stringMatching(/not supported by this devnet/) }

let ledger: SdkLedger
beforeEach(async () => {
  ledger = await startSdk()
})
afterEach(() => ledger.stop())

test(
  'the SDK learns at once that there are no subscriptions',
  async () => {
    const onMessage = () => undefined
    await expect(ledger.client.subscribeEvent({ filter: { All: [] }, onMessage })).rejects.toMatchObject(REFUSED)
    const filter = { FromAddress: '0x1' }
    await expect(ledger.client.subscribeTransaction({ filter, onMessage })).rejects.toMatchObject(REFUSED)
  },
  DEADLINE_MS,
)

test(
  'a foreign page gets no WebSocket',
  async () => {
    const socket = new WebSocket(ledger.rpc.replace('http', 'ws'), { origin: 'http://foreign.example' })
    const error = await new Promise<Error>((resolve) => socket.on('error', resolve))
    expect(error.message).toMatch(/403/)
  },
  DEADLINE_MS,
)
