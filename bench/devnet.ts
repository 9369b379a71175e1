import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IotaClient } from '@iota/iota-sdk/client'
import { requestIotaFromFaucetV0 } from '@iota/iota-sdk/faucet'
import { Ed25519Keypair } from '@iota/iota-sdk/keypairs/ed25519'
import { silentLog, systemClock } from '../src-main/base/index.ts'
import { createDevnet } from '../src-main/ledger/devnet/index.ts'
import { coinsOf, newAddress, payment, run, testNode } from '../src-main/ledger/devnet/testing/index.ts'
import { newPerson, type Person, signedTransfer } from '../src-main/ledger/testing/index.ts'
import { hash256 } from '../src-main/wire/index.ts'
import { type Figure, median, quantile } from './figures.ts'

const ROUNDS = 6
/** Transfers of a round; the limit of coins in one split is 512. */
const PER_ROUND = 500
/** Senders that wait for their transfer at the same time. */
const AT_ONCE = 256
const SDK_TRANSFERS = 300
const SDK_WARM = 50
const COIN_NANOS = 1_000_000_000n
/** DER in front of the 32 bytes of an Ed25519 public key (RFC 8410). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * What the local ledger carries, with its chain on disk: signed transfers handed to the node in this process, beside the
 * bare verification of as many signatures in the same rhythm; and a transfer through the SDK, from building to the answer.
 */
export default async function devnet(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  try {
    const rates = await inProcess(join(folder, 'ledger.db'))
    const times = await throughSdk(join(folder, 'sdk'))
    const transfers = median(rates.map((rate) => rate.transfers.wall))
    const bare = median(rates.map((rate) => rate.bare.wall))
    return [
      { name: 'transfers in process, on disk', value: transfers, unit: '1/s', goal: '>= 900' },
      {
        name: 'transfers per second of processor time',
        value: median(rates.map((rate) => rate.transfers.processor)),
        unit: '1/s',
      },
      { name: 'bare Ed25519 verifications (node:crypto)', value: bare, unit: '1/s' },
      { name: 'time of a transfer / bare verification', value: bare / transfers, unit: 'ratio' },
      { name: 'SDK: build, sign, execute, p50', value: median(times), unit: 'ms', goal: '<= 12' },
      { name: 'SDK: build, sign, execute, p95', value: quantile(times, 0.95), unit: 'ms' },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Signed {
  bytes: Uint8Array
  signatures: string[]
}

async function inProcess(path: string): Promise<{ transfers: Rate; bare: Rate }[]> {
  const { node, database, rich } = testNode({ path })
  const rates: { transfers: Rate; bare: Rate }[] = []
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const sender = newPerson()
      await run(
        node,
        rich,
        (transaction) => {
          const coins = transaction.splitCoins(transaction.gas, Array<bigint>(PER_ROUND).fill(COIN_NANOS))
          const handed = Array.from({ length: PER_ROUND }, (_, index) => coins[index] ?? '')
          transaction.transferObjects(handed, sender.address)
        },
        2_000_000_000,
      )
      const to = newPerson().address
      const signed = coinsOf(node, sender).map((coin) => signedTransfer(sender, to, 1n, [coin]))
      const bare = bareVerifications(sender, signed)
      const transfers = await rateOf(signed.length, () =>
        submitAll(signed, ({ bytes, signatures }) => node.submit(bytes, signatures)),
      )
      rates.push({ transfers, bare: await rateOf(signed.length, bare) })
    }
  } finally {
    await database.close()
  }
  // The first round finds everything cold.
  return rates.slice(1)
}

async function submitAll(signed: Signed[], submit: (each: Signed) => Promise<unknown>): Promise<void> {
  let next = 0
  const sender = async () => {
    for (let each = signed[next++]; each; each = signed[next++]) await submit(each)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sender))
}

function bareVerifications(sender: Person, signed: Signed[]): () => void {
  const key: KeyObject = createPublicKey({
    key: Buffer.concat([SPKI_HEAD, sender.publicKey]),
    format: 'der',
    type: 'spki',
  })
  const work = signed.map(({ bytes, signatures }) => ({
    digest: hash256(Uint8Array.of(0, 0, 0), bytes),
    // flag ‖ signature 64 ‖ public key 32
    signature: Buffer.from(signatures[0] ?? '', 'base64').subarray(1, 65),
  }))
  return () => {
    for (const { digest, signature } of work)
      if (!verify(null, digest, key, signature)) throw new Error('a signature does not hold')
  }
}

interface Rate {
  /** By the clock on the wall. */
  wall: number
  /** By the processor time that was used, which other programs on the machine do not change. */
  processor: number
}

async function rateOf(count: number, work: () => Promise<void> | void): Promise<Rate> {
  const start = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { wall: (count * 1000) / (performance.now() - start), processor: (count * 1_000_000) / (user + system) }
}

async function throughSdk(dataDir: string): Promise<number[]> {
  const ledger = createDevnet({ dataDir, port: 0, listen: '127.0.0.1', clock: systemClock, log: silentLog })
  const { rpc, faucet } = await ledger.start()
  try {
    const client = new IotaClient({ url: rpc })
    const signer = new Ed25519Keypair()
    await requestIotaFromFaucetV0({ host: faucet, recipient: signer.toIotaAddress() })
    const times: number[] = []
    const to = newAddress()
    for (let count = 0; count < SDK_WARM + SDK_TRANSFERS; count++) {
      const start = performance.now()
      await client.signAndExecuteTransaction({ transaction: payment(to, 1), signer })
      times.push(performance.now() - start)
    }
    return times.slice(SDK_WARM)
  } finally {
    await ledger.stop()
  }
}
