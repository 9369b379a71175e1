import { type NetworkName, networkNames, oneLine, ParleyError, type PaymentLink } from '../../contract/index.ts'
import { checksummed, parseAddress } from '../../wire/index.ts'
import { MOST_NANOS } from './amounts.ts'

/** Where a wallet is: its network, and the ledger's chain identifier once that is known. */
export interface Whereabouts {
  network: NetworkName
  chain?: string | undefined
}

const NANOS_PER_IOTA = 1_000_000_000n
const MAX_NOTE = 200
/** `parley:pay/ADDRESS?…`, `iota:ADDRESS?…`, or an address with or without a scheme (docs/ledger.md, "Links"). */
const LINK = /^(?:(parley|iota):(?:\/\/)?(?:pay\/)?)?([^?#]*)(?:\?([^#]*))?$/i
const AMOUNT = /^(\d{1,11})(?:\.(\d+))?$/
const CHAIN = /^[0-9a-f]{8}$/

/** Both links that ask for money to an address. An amount that `readLink` would refuse is refused here too. */
export function writeLinks(
  address: string,
  { network, chain }: Whereabouts,
  asked: { nanos?: bigint | undefined; note?: string | undefined },
): { parley: string; iota: string } {
  if (asked.nanos !== undefined && !isAmount(asked.nanos)) throw badAmount()
  const amount = asked.nanos === undefined ? [] : [`amount=${decimal(asked.nanos)}`]
  const note = asked.note === undefined || asked.note === '' ? undefined : encodeURIComponent(asked.note)
  const noted = (name: string) => (note === undefined ? [] : [`${name}=${note}`])
  const ours = [...amount, ...noted('note'), `network=${network}`, ...(chain === undefined ? [] : [`chain=${chain}`])]
  const others = [...amount, ...noted('message'), ...(network === 'mainnet' ? [] : [`network=${network}`])]
  const target = checksummed(address)
  return {
    parley: `parley:pay/${target}?${ours.join('&')}`,
    iota: `iota:${target}${others.length === 0 ? '' : '?'}${others.join('&')}`,
  }
}

/**
 * Reads a link or an address. Throws `bad_address`, `invalid_params` with a reason (`link_form`, `link_amount`,
 * `link_network`, `link_requires`), or `conflict` with reason `wrong_network` where it is for another ledger.
 */
export function readLink(text: string, here: Whereabouts): PaymentLink {
  const [, , target = '', query] = LINK.exec(text.trim()) ?? []
  const { address } = parseAddress(target)
  const fields = readQuery(query ?? '')
  const network = readNetwork(fields, here)
  const amount = fields.get('amount')
  const note = oneLine(fields.get('note') ?? fields.get('message') ?? '', MAX_NOTE)
  return {
    address,
    ...(amount === undefined ? {} : { nanos: readAmount(amount) }),
    ...(note === '' ? {} : { note }),
    ...(network === undefined ? {} : { network }),
  }
}

/** As BIP-21: what begins with `req-` must be understood, everything else unknown is passed over. */
function readQuery(query: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const part of query.split('&')) {
    if (part === '') continue
    const [name = '', value = ''] = part.split(/=(.*)/s).map(unescaped)
    if (name.startsWith('req-'))
      throw new ParleyError('invalid_params', 'This link needs something that Parley does not know.', {
        reason: 'link_requires',
      })
    if (fields.has(name)) throw badForm()
    fields.set(name, value)
  }
  return fields
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badForm()
  }
}

/** The chain identifier decides where both sides name one; names of networks only where not. */
function readNetwork(fields: Map<string, string>, here: Whereabouts): NetworkName | undefined {
  const name = fields.get('network')
  const chain = fields.get('chain')
  const network = networkNames.find((known) => known === name)
  if ((name !== undefined && network === undefined) || (chain !== undefined && !CHAIN.test(chain)))
    throw new ParleyError('invalid_params', 'This link names a network that Parley does not know.', {
      reason: 'link_network',
    })
  const same =
    chain !== undefined && here.chain !== undefined
      ? chain === here.chain
      : network === undefined || network === here.network
  if (same) return network
  throw new ParleyError('conflict', `This link is for another ledger${network ? ` (${network})` : ''}.`, {
    reason: 'wrong_network',
  })
}

function readAmount(text: string): bigint {
  const [, whole = '', fraction = ''] = AMOUNT.exec(text) ?? []
  const wrong = whole === '' || fraction.length > 9
  const nanos = wrong ? 0n : BigInt(whole) * NANOS_PER_IOTA + BigInt(fraction.padEnd(9, '0'))
  if (!isAmount(nanos)) throw badAmount()
  return nanos
}

function isAmount(nanos: bigint): boolean {
  return nanos > 0n && nanos <= MOST_NANOS
}

function badAmount(): ParleyError {
  const message = 'The amount of a link is a number of IOTA above 0, at most what exists, with at most 9 decimals.'
  return new ParleyError('invalid_params', message, { reason: 'link_amount' })
}

function decimal(nanos: bigint): string {
  const fraction = (nanos % NANOS_PER_IOTA).toString().padStart(9, '0').replace(/0+$/, '')
  return `${nanos / NANOS_PER_IOTA}${fraction === '' ? '' : `.${fraction}`}`
}

function badForm(): ParleyError {
  return new ParleyError('invalid_params', 'This link cannot be read.', { reason: 'link_form' })
}

/** The page of a transaction in the public explorer; undefined where there is none for the network. */
export function explorerUrl(network: NetworkName, digest: string): string | undefined {
  if (network !== 'testnet' && network !== 'mainnet') return undefined
  return `https://explorer.iota.org/txblock/${encodeURIComponent(digest)}?network=${network}`
}
