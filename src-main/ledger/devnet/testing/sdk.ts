import { IotaClient, IotaHTTPTransport, type IotaTransportRequestOptions } from '@iota/iota-sdk/client'
import { requestIotaFromFaucetV0 } from '@iota/iota-sdk/faucet'
import { Ed25519Keypair } from '@iota/iota-sdk/keypairs/ed25519'
import { Transaction } from '@iota/iota-sdk/transactions'
import { silentLog, systemClock } from '../../../base/index.ts'
import { createDevnet } from '../create-devnet.ts'
import type { DevnetOptions } from '../types.ts'
import { type CheckResult, publishedInterface } from './openrpc.ts'

const check = publishedInterface()
if (!check) console.warn('The published interface is not beside the checkout: answers are not compared with it.')

/** A local ledger with the unmodified SDK in front of it, which checks each answer against the published interface. */
export interface SdkLedger {
  client: IotaClient
  rpc: string
  faucet: string
  chain: string
  /** A new key with five coins of 10 IOTA. */
  funded(): Promise<Ed25519Keypair>
  stop(): Promise<void>
}

export async function startSdk(options: Partial<DevnetOptions> = {}): Promise<SdkLedger> {
  const devnet = createDevnet({ port: 0, listen: '127.0.0.1', clock: systemClock, log: silentLog, ...options })
  const { rpc, faucet, chain } = await devnet.start()
  const transport = check ? new CheckedTransport(rpc, check) : new IotaHTTPTransport({ url: rpc })
  return {
    client: new IotaClient({ transport }),
    rpc,
    faucet,
    chain,
    funded: async () => {
      const key = new Ed25519Keypair()
      await requestIotaFromFaucetV0({ host: faucet, recipient: key.toIotaAddress() })
      return key
    },
    stop: () => devnet.stop(),
  }
}

/** A transaction that pays from the gas coin. */
export function payment(to: string, nanos: bigint | number): Transaction {
  const transaction = new Transaction()
  const [coin] = transaction.splitCoins(transaction.gas, [nanos])
  transaction.transferObjects([coin], to)
  return transaction
}

/** The address of nobody yet. */
export function newAddress(): string {
  return new Ed25519Keypair().toIotaAddress()
}

class CheckedTransport extends IotaHTTPTransport {
  readonly #check: CheckResult

  constructor(url: string, check: CheckResult) {
    super({ url })
    this.#check = check
  }

  override async request<T>(input: IotaTransportRequestOptions): Promise<T> {
    const result = await super.request<T>(input)
    const fault = this.#check(input.method, result)
    if (fault !== undefined) throw new Error(`not as published: ${fault}`)
    return result
  }
}
