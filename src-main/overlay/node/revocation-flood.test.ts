import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Secret, systemRandom } from '../../base/index.ts'
import { issueRevocation, signingKeyFromSeed } from '../../crypto/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes } from '../../testing/testnet-nodes.ts'
import type { Connection } from '../link/connection.ts'
import { dialAs, dialAsNode } from '../test-device.ts'

const BURST = 5
let net: TestNodes
let folder: string
let link: Connection

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-revocations-'))
  const limits = { revocations: { perSecond: 0.001, burst: BURST } }
  net = await startNodes(2, { ledger: fixedLedger(), limits, dataDir: (index) => join(folder, `${index}`) })
})
afterEach(async () => {
  link.close()
  await net.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Revocations of devices of one wallet, beyond what may be brought at once; answers what became of each. */
async function bring(wallet: Uint8Array): Promise<string[]> {
  const codes: string[] = []
  for (let count = 0; count < BURST + 2; count++) {
    const { devicePublicKey } = testIdentity().certificate
    const key = signingKeyFromSeed(new Secret(wallet.slice()))
    const revocation = issueRevocation(key, { devicePublicKey, revokedAt: Date.now() }).signed
    const put = link.request('putRevocation', { revocation }, 'ok', 2_000)
    codes.push(await put.then(() => 'ok').catch(({ code }: { code: string }) => code))
  }
  return codes
}

const bounded = [...new Array<string>(BURST).fill('ok'), 'rate_limited', 'rate_limited']

it('a device that brings revocations without end is told to wait', async () => {
  const wallet = systemRandom.bytes(32)
  link = await dialAs(testIdentity(wallet.slice()), net.addresses[0] ?? '')
  expect(await bring(wallet)).toEqual(bounded)
})

it('another node that brings revocations without end is told to wait', async () => {
  const [first = '', second = ''] = net.addresses
  link = await dialAsNode(join(folder, '1'), second, first)
  expect(await bring(systemRandom.bytes(32))).toEqual(bounded)
})
