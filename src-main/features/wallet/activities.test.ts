import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { newPerson, startLedger } from '../../ledger/testing/index.ts'
import { openStore } from '../../store/index.ts'
import { LETTER_MAGIC } from '../../wire/index.ts'
import { Wallet } from './index.ts'

test('records of connections are left out of list and file where the caller asks for other kinds', async () => {
  const running = await startLedger()
  const folder = mkdtempSync(join(tmpdir(), 'parley-activities-'))
  const parts = { clock: systemClock, log: silentLog }
  const store = openStore({ file: join(folder, 'parley.db'), key: new Secret(systemRandom.bytes(32)), ...parts })
  try {
    const alice = newPerson()
    await running.ledger.faucet(alice.address)
    const self = { address: alice.address, name: 'Alice' }
    const signerOf = () => Promise.resolve(alice)
    const wallet = new Wallet({ store, ledger: running.ledger, signerOf, self, random: systemRandom, ...parts })
    wallet.open()
    const to = newPerson().address
    await wallet.sendMemo(to, 1n, LETTER_MAGIC)
    const { digest } = await wallet.send(0, to, { nanos: 5n })
    await wallet.sendMemo(to, 2n, LETTER_MAGIC)
    const kinds = ['payment', 'merge'] as const
    const digests = (filter?: { kinds: ('payment' | 'merge' | 'signalling')[] }) =>
      wallet.history(0, 50, undefined, filter).then((found) => found.map((one) => one.nanos))
    expect(await digests({ kinds: ['signalling'] })).toEqual([2n, 1n])
    expect((await digests()).slice(0, 3)).toEqual([2n, 5n, 1n])
    const [newest] = await wallet.history(0, 1, undefined, { kinds: [...kinds] })
    expect(newest?.digest).toBe(digest)
    const { csv, complete } = await wallet.exportCsv(0, { kinds: [...kinds] })
    expect(complete).toBe(true)
    expect(csv).toContain(digest)
    expect(csv).not.toContain('signalling')
    expect((await wallet.exportCsv(0)).csv).toContain('signalling')
  } finally {
    store.close()
    await running.stop()
    rmSync(folder, { recursive: true })
  }
})
