import type { InferOutput } from 'valibot'
import { oneLine } from '../../contract/index.ts'
import type { LedgerBalance } from '../port.ts'
import { MAX_SHOWN_TYPES, METADATA_AT_ONCE } from './constants.ts'
import { LedgerRefusal, type RpcClient } from './rpc-client.ts'
import { balancesSchema, metadataSchema } from './schemas.ts'

type Holding = InferOutput<typeof balancesSchema>[number]
type Metadata = Pick<LedgerBalance, 'symbol' | 'name' | 'decimals'>

const NATIVE_TYPE = /^0x0*2::iota::IOTA$/
const NATIVE = { coinType: '0x2::iota::IOTA', symbol: 'IOTA', name: 'IOTA', decimals: 9 }
/** What a screen has room for. */
const MAX_SYMBOL = 12
const MAX_NAME = 40
/** An amount has at most 39 digits, so more decimals say nothing. */
const MAX_DECIMALS = 39
/** Types whose metadata is kept. */
const MAX_KNOWN = 500

/** Every type of coin that an address holds. What its makers say of it is cleaned and bounded: it comes from anybody. */
export class Balances {
  readonly #rpc: RpcClient
  readonly #known = new Map<string, Metadata>()

  constructor(rpc: RpcClient) {
    this.#rpc = rpc
  }

  /** IOTA first, even where there is none, then the types with most coin objects; at most 50 of them. */
  async of(address: string): Promise<LedgerBalance[]> {
    const holdings = await this.#rpc.call('iotax_getAllBalances', [address], balancesSchema)
    const native = holdings.find(({ coinType }) => NATIVE_TYPE.test(coinType))
    const others = holdings.filter(({ coinType }) => !NATIVE_TYPE.test(coinType))
    const shown = others.sort((a, b) => b.coinObjectCount - a.coinObjectCount).slice(0, MAX_SHOWN_TYPES)
    const balances: LedgerBalance[] = [
      { ...NATIVE, amount: native?.totalBalance ?? 0n, objects: native?.coinObjectCount ?? 0 },
    ]
    for (let start = 0; start < shown.length; start += METADATA_AT_ONCE) {
      const some = shown.slice(start, start + METADATA_AT_ONCE)
      balances.push(...(await Promise.all(some.map((holding) => this.#view(holding)))))
    }
    return balances
  }

  async #view({ coinType, coinObjectCount, totalBalance }: Holding): Promise<LedgerBalance> {
    return { coinType, ...(await this.#metadata(coinType)), amount: totalBalance, objects: coinObjectCount }
  }

  async #metadata(coinType: string): Promise<Metadata> {
    const known = this.#known.get(coinType)
    if (known) return known
    try {
      const answer = await this.#rpc.call('iotax_getCoinMetadata', [coinType], metadataSchema)
      const metadata = clean(coinType, answer)
      if (this.#known.size >= MAX_KNOWN) this.#known.clear()
      this.#known.set(coinType, metadata)
      return metadata
    } catch (error) {
      if (!(error instanceof LedgerRefusal)) throw error
      return clean(coinType, null)
    }
  }
}

/** Without words of its own, or with some that would pass it off as IOTA, a coin has its type's last name. */
function clean(coinType: string, given: InferOutput<typeof metadataSchema>): Metadata {
  const struct = (/::(\w+)(<|$)/.exec(coinType)?.[1] ?? 'coin').slice(0, MAX_SYMBOL)
  const usable = given && given.decimals <= MAX_DECIMALS ? given : undefined
  const symbol = oneLine(usable?.symbol ?? '', MAX_SYMBOL)
  const name = oneLine(usable?.name ?? '', MAX_NAME)
  return {
    symbol: posesAsIota(symbol) || symbol === '' ? `${posesAsIota(struct) ? 'other ' : ''}${struct}` : symbol,
    name: posesAsIota(name) || name === '' ? `${posesAsIota(struct) ? 'other ' : ''}${struct}` : name,
    decimals: usable?.decimals ?? 0,
  }
}

/** Also in look-alike letters of the compatibility forms (full width, bold, circled …). */
function posesAsIota(text: string): boolean {
  return /^\W*(iota|miota|nanos?)\W*$/i.test(text.normalize('NFKC'))
}
