import { toBase64 } from '@iota/bcs'
import { concat, silentLog, systemClock, systemRandom, utf8 } from '../../base/index.ts'
import { coinsOf } from '../../ledger/devnet/testing/local-node.ts'
import { type RunningDevnet, runDevnet } from '../../ledger/devnet/running.ts'
import { createIotaLedger, type Ledger } from '../../ledger/index.ts'
import { transferBytes } from '../../ledger/iota/transfer.ts'
import { newPerson, type Person } from '../../ledger/testing/index.ts'
import { makeEnvelope } from '../../post/index.ts'
import { encodeLetter, hash256, LETTER_MAGIC } from '../../wire/index.ts'

export interface BombedLedger {
  ledger: Ledger
  /** Writes so many junk memos to an address, evenly from all attackers; each waits `pauseMs` before its next. */
  bomb(to: string, device: string, count: number, pauseMs?: number): Promise<void>
  stop(): Promise<void>
}

const NANOS = 1n
const GAS_PRICE = 1_000n
const GAS_BUDGET = 5_000_000n

/** A local ledger on loopback, and people who spoil it for others; their transactions go in without HTTP. */
export async function startBombedLedger(attackers: number): Promise<BombedLedger> {
  const options = { port: 0, listen: '127.0.0.1', clock: systemClock, random: systemRandom, log: silentLog }
  const devnet = await runDevnet(options)
  const ledger = createIotaLedger({ url: devnet.address.rpc, clock: systemClock, log: silentLog })
  const people = Array.from({ length: attackers }, () => newPerson())
  for (const person of people) await ledger.faucet(person.address)
  return {
    ledger,
    bomb: async (to, device, count, pauseMs = 0) => {
      const share = Math.ceil(count / people.length)
      await Promise.all(people.map((person) => attack(devnet, person, to, device, share, pauseMs)))
    },
    stop: async () => {
      ledger.close()
      await devnet.stop()
    },
  }
}

async function attack(
  devnet: RunningDevnet,
  from: Person,
  to: string,
  device: string,
  count: number,
  pauseMs: number,
): Promise<void> {
  for (let sent = 0; sent < count; sent++) {
    const coin = coinsOf(devnet.node, from).sort((a, b) => (a.balance > b.balance ? -1 : 1))[0]
    if (!coin) throw new Error('an attacker ran out of tokens')
    const coins = { gas: [coin], merged: [], sum: coin.balance }
    const memo = junk(sent, device)
    const fields = { from: from.address, to, nanos: NANOS, coins, gasPrice: GAS_PRICE, gasBudget: GAS_BUDGET, memo }
    const bytes = transferBytes(fields)
    const signature = from.sign(hash256(Uint8Array.of(0, 0, 0), bytes))
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    await devnet.node.submit(bytes, [toBase64(concat(Uint8Array.of(0), signature, from.publicKey))])
  }
}

/** In turns: what looks like a sealed letter for exactly this device, the magic with noise, and noise. */
export function junk(index: number, device: string): Uint8Array {
  if (index % 3 === 1) return concat(LETTER_MAGIC, systemRandom.bytes(1_000))
  if (index % 3 === 2) return concat(utf8('hello'), systemRandom.bytes(1_000))
  const body = { Sealed: { enc: systemRandom.bytes(32), ciphertext: systemRandom.bytes(700) } }
  return encodeLetter(device, makeEnvelope(device, body, Date.now(), systemRandom))
}
