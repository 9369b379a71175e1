import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { type NetworkChoice, type NetworkName, networkNames, ParleyError } from '../contract/index.ts'
import { ClaimedChains, writeDurably } from './claimed-chains.ts'
import { networkOf } from './ledger-state.ts'

/** The foundation's public indexers (LEDGER: nodes hand these calls over to them). Asked only where the user chose so. */
const PUBLIC_URLS = {
  testnet: 'https://indexer.testnet.iota.cafe',
  mainnet: 'https://indexer.mainnet.iota.cafe',
} as const
/** A start whose command line names a ledger removes it (hosts/runtime). */
const FILE = 'chosen-network.json'
const MAX_URL = 500
/** The data set that the profile began with. */
const MAIN = 'main'

const fileSchema = v.object({
  format: v.literal('parley/chosen-network/1'),
  /** The URL of the start that the choice was made in: another one on the command line is a newer choice. */
  start: v.string(),
  network: v.picklist(networkNames),
  url: v.pipe(v.string(), v.maxLength(MAX_URL)),
  /** Absent where it is the usual one of the URL. */
  set: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,80}$/))),
})

/** A ledger, and the data that belong to it. */
export interface ChosenNetwork {
  network: NetworkName
  url: string
  /** The one that this profile was started for: S2 nodes given by hand belong to it. */
  isStart: boolean
  /** The data set: of one chain, whatever the URL. */
  set: string
  /** Within the profile folder. */
  database: string
}

/** The ledgers to choose from. The one given at the start has the profile's main database, every other one its own. */
export class Networks {
  readonly chains: ClaimedChains
  readonly #profile: string
  readonly #start: ChosenNetwork
  #custom: string | undefined
  current: ChosenNetwork

  constructor(profile: string, startUrl: string) {
    this.#profile = profile
    this.chains = new ClaimedChains(profile)
    this.#start = { network: networkOf(startUrl), url: startUrl, isStart: true, set: MAIN, database: databaseOf(MAIN) }
    this.current = this.#read() ?? this.#start
    if (this.current.network === 'custom') this.#custom = this.current.url
  }

  list(): NetworkChoice[] {
    return networkNames.map((network) => {
      const url = this.#urlOf(network)
      return { network, ...(url === undefined ? {} : { url }), chosen: network === this.current.network }
    })
  }

  /**
   * The URL that a choice means. Throws `invalid_params` for one that is none, or that would not be used, `not_found` where there
   * is no local ledger to go to.
   */
  urlFor(network: NetworkName, given: string | undefined): string {
    if (network !== 'custom' && given !== undefined)
      throw new ParleyError('invalid_params', 'Only a network of your own takes a URL; this one has its own.')
    const url = given ?? this.#urlOf(network)
    if (url === undefined && network === 'local')
      throw new ParleyError('not_found', 'This profile was not started with a local ledger. Start one: parley devnet.')
    if (url === undefined) throw new ParleyError('invalid_params', "Give the ledger's URL.")
    return sameUrl(url, this.#start.url) ? this.#start.url : checkUrl(url)
  }

  /**
   * The data for a URL: those of the chain that answers there now, new ones where the usual ones are another chain's. Where nothing
   * answers, those in use stay, otherwise the usual ones of the URL are taken.
   */
  resolve(network: NetworkName, url: string, chain: string | undefined): ChosenNetwork {
    if (chain === undefined && url === this.current.url) return this.current
    const usual = sameUrl(url, this.#start.url) ? MAIN : folderOf(network, url)
    return this.#of(network, url, chain === undefined ? usual : this.#setOf(chain, usual))
  }

  #setOf(chain: string, usual: string): string {
    const known = this.chains.setOf(chain)
    if (known !== undefined) return known
    return this.chains.chainOf(usual) === undefined ? usual : `${usual}-${shortHash(chain)}`
  }

  #of(network: NetworkName, url: string, set: string): ChosenNetwork {
    const isStart = set === MAIN || url === this.#start.url
    const named = url === this.#start.url ? this.#start.network : network
    return { network: named, url, isStart, set, database: databaseOf(set) }
  }

  /** Keeps the choice for the next start; a kill leaves the old file or the new one. */
  save(chosen: ChosenNetwork): void {
    this.current = chosen
    if (chosen.network === 'custom') this.#custom = chosen.url
    const { network, url, set } = chosen
    const choice = { format: 'parley/chosen-network/1', start: this.#start.url, network, url, set }
    writeDurably(this.#profile, FILE, `${JSON.stringify(choice, null, 2)}\n`)
  }

  #urlOf(network: NetworkName): string | undefined {
    if (network === this.current.network) return this.current.url
    if (network === this.#start.network) return this.#start.url
    if (network === 'custom') return this.#custom
    return network === 'local' ? undefined : PUBLIC_URLS[network]
  }

  /** Undefined where nothing was chosen, in another start, or in a file that cannot be read: the start's own is safe then. */
  #read(): ChosenNetwork | undefined {
    const path = join(this.#profile, FILE)
    if (!existsSync(path)) return undefined
    try {
      const file = v.parse(fileSchema, JSON.parse(readFileSync(path, 'utf8')))
      if (file.start !== this.#start.url) return undefined
      return this.#readChoice(file.network, file.url, file.set)
    } catch {
      return undefined
    }
  }

  #readChoice(network: NetworkName, url: string, set: string | undefined): ChosenNetwork {
    if (url === this.#start.url) return this.#of(network, url, set ?? MAIN)
    return this.#of(network, checkUrl(url), set ?? folderOf(network, checkUrl(url)))
  }
}

function databaseOf(set: string): string {
  return set === MAIN ? 'parley.db' : join('networks', set, 'parley.db')
}

/** A public network by its name, a URL of one's own by its hash: what belongs to one is never read as another's. */
function folderOf(network: NetworkName, url: string): string {
  if (network !== 'custom') return network
  return `custom-${shortHash(url)}`
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function sameUrl(one: string, other: string): boolean {
  return one === other || URL.parse(one)?.href === URL.parse(other)?.href
}

function checkUrl(text: string): string {
  const url = text.length <= MAX_URL ? URL.parse(text.trim()) : null
  // It would be shown, logged and kept in the open.
  if (url && (url.username !== '' || url.password !== ''))
    throw new ParleyError('invalid_params', "A name or a password does not belong into a ledger's URL.")
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href.replace(/\/$/, '')
  throw new ParleyError('invalid_params', 'A ledger is given as http://host:port or https://host:port.')
}
