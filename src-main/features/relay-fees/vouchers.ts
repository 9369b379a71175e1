import { ParleyError } from '../../contract/index.ts'
import { verifySignature } from '../../crypto/index.ts'
import type { LinkedNode } from '../../overlay/index.ts'
import type { RelayCreditRow } from '../../store/index.ts'
import { channelStateDigest } from '../../wire/index.ts'
import type { RelayFeesParts, ToldFees } from './types.ts'
import type { UseCount } from './use-count.ts'

/** Signs vouchers: each is on disk before it is sent, and promises more than every one before. */
export class Vouchers {
  readonly #parts: Pick<RelayFeesParts, 'store' | 'ledger' | 'deviceKey'>

  constructor(parts: Pick<RelayFeesParts, 'store' | 'ledger' | 'deviceKey'>) {
    this.#parts = parts
  }

  /** This device's open channel to a node. */
  creditOf(node: string): RelayCreditRow | undefined {
    return this.#parts.store.relayFees.credits().find((row) => row.node === node && row.state === 'open')
  }

  /** Promises so much more; answers what the node tells then. Throws `insufficient_funds` where the deposit does not hold it. */
  async promise(node: LinkedNode, nanos: bigint, count: Pick<UseCount, 'promise'>): Promise<ToldFees> {
    const { store } = this.#parts
    const before = this.creditOf(node.nodeKey)
    if (!before) throw new ParleyError('not_found', 'There is no credit at this node.')
    const paid = before.paid + nanos
    if (paid > before.deposited)
      throw new ParleyError('insufficient_funds', 'The credit at this node is used up.', { reason: 'credit' })
    const row = { ...before, paid }
    store.transaction(() => {
      store.relayFees.saveCredit(row)
      count.promise(nanos)
    })
    return this.show(node, row)
  }

  /** Gives the node the newest voucher (again). */
  async show(node: LinkedNode, row: RelayCreditRow): Promise<ToldFees> {
    const { channel = '', deposited, paid } = row
    const signature = await this.#sign(row, paid, false)
    return node.request('voucher', { channel, deposited, paid, signature }, 'fees')
  }

  /** Learns a voucher that the node shows: this device may have signed it and lost that, as with an older copy of its database. */
  async learn(node: string, { voucher }: ToldFees): Promise<void> {
    const { store, deviceKey, ledger } = this.#parts
    // First, because what is here may change meanwhile.
    const chain = await ledger.chain()
    const row = this.creditOf(node)
    if (!voucher || !row || row.channel !== voucher.channel) return
    const [deposited, paid] = [voucher.deposited, voucher.paid]
    if (paid <= row.paid || paid > deposited) return
    const state = stateOf(row, deposited, paid, paid)
    if (!verifySignature(deviceKey.publicKey, channelStateDigest(chain, state), voucher.signature)) return
    store.relayFees.saveCredit({ ...row, paid })
  }

  /** For closing at once with the node's consent: both signatures. */
  async consent(node: LinkedNode, row: RelayCreditRow) {
    const { channel = '', deposited, paid } = row
    const sequence = paid + 1n
    const own = await this.#sign(row, sequence, true)
    const wish = { channel, deposited, paid, sequence, signature: own }
    const { signature } = await node.request('closeChannel', wish, 'closeConsent')
    const state = stateOf(row, deposited, paid, sequence)
    const digest = channelStateDigest(await this.#parts.ledger.chain(), state, true)
    if (!verifySignature(Buffer.from(row.node, 'hex'), digest, signature))
      throw new ParleyError('bad_signature', 'The node did not sign for closing.')
    return { sequence, balances: state.balances, signatures: [own, signature] }
  }

  async #sign(row: RelayCreditRow, sequence: bigint, close: boolean): Promise<Uint8Array> {
    const { deviceKey, ledger } = this.#parts
    const state = stateOf(row, row.deposited, row.paid, sequence)
    return deviceKey.sign(channelStateDigest(await ledger.chain(), state, close))
  }
}

function stateOf({ packageId, channel = '' }: RelayCreditRow, deposited: bigint, paid: bigint, sequence: bigint) {
  return { packageId, channel, sequence, confirmed: 0n, balances: [deposited - paid, paid] }
}
