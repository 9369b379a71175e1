import { Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import { addressOfPublicKey, hash256 } from '../../wire/index.ts'
import { createDevnet, type DevnetAddress, type DevnetOptions } from '../devnet/index.ts'
import { createIotaLedger } from '../iota/index.ts'
import type { Ledger, LedgerSigner, TransactionOutcome, UnsignedTransfer } from '../port.ts'

export interface Person extends LedgerSigner {
  readonly seed: Uint8Array
  submit(ledger: Ledger, transfer: UnsignedTransfer): Promise<TransactionOutcome>
}

/** Somebody with a new key. */
export function newPerson(seed: Uint8Array = systemRandom.bytes(32)): Person {
  const signer = testSigner(seed)
  return {
    ...signer,
    seed,
    submit: (ledger, { bytes }) =>
      ledger.submit(bytes, signer.sign(hash256(Uint8Array.of(0, 0, 0), bytes)), signer.publicKey),
  }
}

function testSigner(seed: Uint8Array): LedgerSigner {
  const key = signingKeyFromSeed(new Secret(seed))
  return { publicKey: key.publicKey, address: addressOfPublicKey(key.publicKey), sign: (digest) => key.sign(digest) }
}

export interface RunningLedger extends DevnetAddress {
  ledger: Ledger
  stop(): Promise<void>
}

/** A local ledger on loopback and an adapter to it. */
export async function startLedger(options: Partial<DevnetOptions> = {}): Promise<RunningLedger> {
  const devnet = createDevnet({ port: 0, listen: '127.0.0.1', clock: systemClock, log: silentLog, ...options })
  const address = await devnet.start()
  const ledger = createIotaLedger({ url: address.rpc, clock: systemClock, log: silentLog })
  return {
    ...address,
    ledger,
    stop: async () => {
      ledger.close()
      await devnet.stop()
    },
  }
}
