import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { ParleyError } from '../contract/index.ts'

const FILE = 'ledgers.json'

const fileSchema = v.object({
  format: v.literal('parley/ledgers/1'),
  /** The chain identifier of each data set. */
  chains: v.record(v.string(), v.string()),
})

/**
 * Which data set of the profile each chain belongs to. A chain has one: coins are held per data set, and a second one would sign
 * over a coin version that the first has signed over.
 */
export class ClaimedChains {
  readonly #profile: string
  #chains: Map<string, string> | undefined

  constructor(profile: string) {
    this.#profile = profile
  }

  /** Throws `storage_damaged` for a file that cannot be read: without it nothing may be signed. */
  setOf(chain: string): string | undefined {
    for (const [set, claimed] of this.#read()) if (claimed === chain) return set
    return undefined
  }

  chainOf(set: string): string | undefined {
    return this.#read().get(set)
  }

  /** Durable when it returns. Throws `conflict`, reason `same_ledger`, where the chain is another data set's. */
  claim(set: string, chain: string): void {
    const owner = this.setOf(chain)
    if (owner === set) return
    if (owner !== undefined) throw taken(owner)
    const chains = new Map([...this.#read(), [set, chain]])
    this.#write(chains)
    this.#chains = chains
  }

  #read(): Map<string, string> {
    if (this.#chains) return this.#chains
    const path = join(this.#profile, FILE)
    if (!existsSync(path)) return (this.#chains = new Map())
    try {
      const file = v.parse(fileSchema, JSON.parse(readFileSync(path, 'utf8')))
      return (this.#chains = new Map(Object.entries(file.chains)))
    } catch (cause) {
      throw new ParleyError('storage_damaged', `The profile's file ${FILE} cannot be read; no ledger is used.`, {
        cause,
      })
    }
  }

  #write(chains: ReadonlyMap<string, string>): void {
    const text = JSON.stringify({ format: 'parley/ledgers/1', chains: Object.fromEntries(chains) }, null, 2)
    writeDurably(this.#profile, FILE, `${text}\n`)
  }
}

/** Replaces a file of the profile; durable when it returns, and a kill leaves the old one or the new one. */
export function writeDurably(folder: string, name: string, text: string): void {
  const path = join(folder, name)
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
  // Windows has no call for this, and needs none.
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function taken(owner: string): ParleyError {
  const known = /^(testnet|mainnet)/.exec(owner)?.[0]
  const name = known ?? (owner.startsWith('custom') ? 'your own network' : 'the network of the start')
  const message = `This is the ledger that you already use as ${name}. Choose the network again to go on with its data.`
  return new ParleyError('conflict', message, { reason: 'same_ledger' })
}
