import { fromBase58 } from '@iota/bcs'
import { systemClock, silentLog, systemRandom } from '../../base/index.ts'
import { expect, test } from 'vitest'
import { runDevnet } from '../devnet/running.ts'
import { newPerson } from '../testing/index.ts'
import { createIotaLedger } from './index.ts'

test('the salt is the digest of the last checkpoint of the epoch before, over several turns', async () => {
  const options = { port: 0, listen: '127.0.0.1', clock: systemClock, log: silentLog, random: systemRandom }
  const { address, node, stop } = await runDevnet(options)
  const ledger = createIotaLedger({ url: address.rpc, clock: systemClock, log: silentLog })
  const salts = [(await ledger.epoch()).salt]
  expect(salts[0]).toEqual(fromBase58(node.chain.genesisDigest))
  for (const transactions of [0, 3, 1]) {
    for (let count = 0; count < transactions; count++) await ledger.faucet(newPerson().address)
    await node.turnEpoch()
    const ended = node.chain.epochAt(node.chain.epoch - 1n)
    const { epoch, salt } = await createIotaLedger({ url: address.rpc, clock: systemClock, log: silentLog }).epoch()
    expect(epoch).toBe(node.chain.epoch)
    expect(salt).toEqual(fromBase58(ended?.digest ?? ''))
    salts.push(salt)
  }
  expect(new Set(salts.map(String)).size).toBe(4)
  ledger.close()
  await stop()
})
