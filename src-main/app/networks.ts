import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { type NetworkChoice, type NetworkName, networkNames, ParleyError } from '../contract/index.ts'
import { networkOf } from './ledger-state.ts'

/** The foundation's public indexers (LEDGER: nodes hand these calls over to them). Asked only where the user chose so. */
const PUBLIC_URLS = {
  testnet: 'https://indexer.testnet.iota.cafe',
  mainnet: 'https://indexer.mainnet.iota.cafe',
} as const
/** A start whose command line names a ledger removes it (hosts/runtime). */
const FILE = 'chosen-network.json'
const MAX_URL = 500

const fileSchema = v.object({
  format: v.literal('parley/chosen-network/1'),
  /** The URL of the start that the choice was made in: another one on the command line is a newer choice. */
  start: v.string(),
  network: v.picklist(networkNames),
  url: v.pipe(v.string(), v.maxLength(MAX_URL)),
})

/** A ledger, and the data that belong to it. */
export interface ChosenNetwork {
  network: NetworkName
  url: string
  /** The one that this profile was started for: S2 nodes given by hand belong to it. */
  isStart: boolean
  /** Within the profile folder. */
  database: string
}

/** The ledgers to choose from. The one given at the start has the profile's main database, every other one its own. */
export class Networks {
  readonly #profile: string
  readonly #start: ChosenNetwork
  #custom: string | undefined
  current: ChosenNetwork

  constructor(profile: string, startUrl: string) {
    this.#profile = profile
    this.#start = { network: networkOf(startUrl), url: startUrl, isStart: true, database: 'parley.db' }
    this.current = this.#read() ?? this.#start
    if (this.current.network === 'custom') this.#custom = this.current.url
  }

  list(): NetworkChoice[] {
    return networkNames.map((network) => {
      const url = this.#urlOf(network)
      return { network, ...(url === undefined ? {} : { url }), chosen: network === this.current.network }
    })
  }

  /** Throws `invalid_params` for a URL that is none, `not_found` where there is no local ledger to go to. */
  resolve(network: NetworkName, given: string | undefined): ChosenNetwork {
    const url = network === 'custom' ? (given ?? this.#urlOf(network)) : this.#urlOf(network)
    if (url === undefined && network === 'local')
      throw new ParleyError('not_found', 'This profile was not started with a local ledger. Start one: parley devnet.')
    if (url === undefined) throw new ParleyError('invalid_params', "Give the ledger's URL.")
    const checked = checkUrl(url)
    if (checked === checkUrl(this.#start.url)) return this.#start
    return {
      network,
      url: checked,
      isStart: false,
      database: join('networks', folderOf(network, checked), 'parley.db'),
    }
  }

  /** Keeps the choice for the next start; a kill leaves the old file or the new one. */
  save(chosen: ChosenNetwork): void {
    this.current = chosen
    if (chosen.network === 'custom') this.#custom = chosen.url
    const { network, url } = chosen
    const path = join(this.#profile, FILE)
    const text = JSON.stringify({ format: 'parley/chosen-network/1', start: this.#start.url, network, url }, null, 2)
    writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600, flush: true })
    renameSync(`${path}.new`, path)
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
      return this.#readChoice(file.network, file.url)
    } catch {
      return undefined
    }
  }

  #readChoice(network: NetworkName, url: string): ChosenNetwork | undefined {
    if (url === this.#start.url) return undefined
    return { network, url, isStart: false, database: join('networks', folderOf(network, checkUrl(url)), 'parley.db') }
  }
}

/** A public network by its name, a URL of one's own by its hash: what belongs to one is never read as another's. */
function folderOf(network: NetworkName, url: string): string {
  if (network !== 'custom') return network
  return `custom-${createHash('sha256').update(url).digest('hex').slice(0, 16)}`
}

function checkUrl(text: string): string {
  const url = text.length <= MAX_URL ? URL.parse(text.trim()) : null
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href.replace(/\/$/, '')
  throw new ParleyError('invalid_params', 'A ledger is given as http://host:port or https://host:port.')
}
