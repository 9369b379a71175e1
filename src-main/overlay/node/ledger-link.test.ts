import { expect, it } from 'vitest'
import { type Log, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { fixedLedger, waitFor } from '../../testing/testnet-nodes.ts'
import { createDevice } from '../test-device.ts'
import { createS2Node } from './node.ts'

it('a node whose ledger is away at the start refuses links with a reason and serves once it is there', async () => {
  let up = false
  const lines: unknown[] = []
  const note = (fields: object, message: string) => void lines.push([fields, message])
  const log: Log = { ...silentLog, info: note, warn: note, child: () => log }
  const real = fixedLedger()
  const refuse = () => Promise.reject(new ParleyError('ledger_unreachable', 'away'))
  const ledger = { chain: () => (up ? real.chain() : refuse()), epoch: () => (up ? real.epoch() : refuse()) }
  const node = createS2Node({
    listen: { host: '127.0.0.1', port: 0 },
    ledger,
    peers: [],
    clock: systemClock,
    random: systemRandom,
    log,
  })
  await node.start()
  const device = createDevice([node.endpoint])
  await device.overlay.start()
  await waitFor(() => device.overlay.links()[0]?.reason === 'ledger_unreachable')
  expect(device.overlay.links()[0]?.state).not.toBe('connected')
  up = true
  await waitFor(() => device.overlay.links()[0]?.state === 'connected', 8_000)
  await waitFor(() => lines.length >= 2)
  const away = [{ code: 'ledger_unreachable' }, 'the ledger cannot be reached; trying again']
  expect(lines, 'one line for each change, not for each attempt').toEqual([away, [{}, 'the ledger answers again']])
  await device.overlay.stop()
  await node.stop()
})
