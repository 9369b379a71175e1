import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { makeFolder } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { formatNodeAddress, type NodeAddress, parseNodeAddress } from '../../overlay/index.ts'

/** The network that the user chose: nothing else is ever contacted. */
export interface Network {
  ledgerUrl: string
  nodes: NodeAddress[]
}

/** The address at which a local IOTA node or `parley devnet --port 9000` listens. */
const LOCAL_LEDGER = 'http://127.0.0.1:9000'

/** An own small file rather than the encrypted database: it is needed before anything is unlocked. */
const FILE = 'network.json'
/** The choice made in the window (app/networks.ts). */
const CHOSEN = 'chosen-network.json'

const fileSchema = v.object({
  ledger: v.pipe(v.string(), v.maxLength(2048)),
  nodes: v.pipe(v.array(v.pipe(v.string(), v.maxLength(2048))), v.maxLength(64)),
})

/**
 * Checks a ledger's JSON-RPC URL, or `s2:CHAIN`: the ledger with this chain identifier as the S2 nodes pass it on. Throws
 * `invalid_params`.
 */
export function parseLedger(text: string): string {
  if (/^s2:[0-9a-f]{8}$/.test(text)) return text
  const url = URL.parse(text)
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text
  if (text.startsWith('s2:'))
    throw new ParleyError('invalid_params', 'A chain is given by its identifier, eight digits of 0-9 and a-f.')
  throw new ParleyError('invalid_params', 'A ledger is given as http://host:port or https://host:port.')
}

/** What was chosen for this profile before, or a ledger on this machine without nodes. */
export async function readNetwork(profile: string): Promise<Network> {
  let text: string
  try {
    text = await readFile(join(profile, FILE), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { ledgerUrl: LOCAL_LEDGER, nodes: [] }
    throw error
  }
  try {
    const file = v.parse(fileSchema, JSON.parse(text))
    return { ledgerUrl: parseLedger(file.ledger), nodes: file.nodes.map(parseNodeAddress) }
  } catch (cause) {
    throw new ParleyError('storage_damaged', `The file ${FILE} in the profile folder cannot be read.`, { cause })
  }
}

/** Remembers the choice; a kill leaves the old file or the new one. */
export async function saveNetwork(profile: string, network: Network): Promise<void> {
  await makeFolder(profile, 'profile folder')
  const nodes = network.nodes.map(formatNodeAddress)
  const path = join(profile, FILE)
  await writeFile(`${path}.new`, `${JSON.stringify({ ledger: network.ledgerUrl, nodes }, null, 2)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/**
 * The network for this start: what the command line says, otherwise what was said before. A choice on the command line
 * is remembered in the profile, and is newer than one that was made in the window.
 */
export async function resolveNetwork(profile: string, ledger: string | undefined, nodes: string[]): Promise<Network> {
  const before = await readNetwork(profile)
  if (ledger === undefined && nodes.length === 0) return before
  const chosen = {
    ledgerUrl: ledger === undefined ? before.ledgerUrl : parseLedger(ledger),
    nodes: nodes.length === 0 ? before.nodes : nodes.map(parseNodeAddress),
  }
  await saveNetwork(profile, chosen)
  if (ledger !== undefined) await rm(join(profile, CHOSEN), { force: true })
  return chosen
}
