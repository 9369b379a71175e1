import { expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { fixedLedger, waitFor } from '../../testing/testnet-nodes.ts'
import { createDevice } from '../test-device.ts'
import { createS2Node } from './node.ts'

it('a node whose ledger is away at the start refuses links with a reason and serves once it is there', async () => {
  let up = false
  const real = fixedLedger()
  const refuse = () => Promise.reject(new ParleyError('ledger_unreachable', 'away'))
  const ledger = { chain: () => (up ? real.chain() : refuse()), epoch: () => (up ? real.epoch() : refuse()) }
  const node = createS2Node({
    listen: { host: '127.0.0.1', port: 0 },
    ledger,
    peers: [],
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  })
  await node.start()
  const device = createDevice([node.endpoint])
  await device.overlay.start()
  await waitFor(() => device.overlay.links()[0]?.reason === 'ledger_unreachable')
  expect(device.overlay.links()[0]?.state).not.toBe('connected')
  up = true
  await waitFor(() => device.overlay.links()[0]?.state === 'connected', 8_000)
  await device.overlay.stop()
  await node.stop()
})
