import { concat, equal, fromHex, utf8 } from '../../base/index.ts'
import type { Fee } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import type { PaymentRequestRow } from '../../store/index.ts'

/** Stands before the request's id in the payment's memo (docs/ledger.md, "Requests"). */
const MAGIC = utf8('PLRQ1')
const PAGE = 50
/** 200 transactions of the paying account since the request; a request is answered within days, not years. */
const PAGES = 4

/**
 * Binds a payment to a request: the id is known to the two people alone, so only they can make such a payment, it cannot
 * stand for two requests, and every device of the payer finds it on the ledger.
 */
export function bindingMemo(requestId: string): Uint8Array {
  return concat(MAGIC, fromHex(requestId))
}

/**
 * Whether the ledger shows that the request is paid by this transaction: to this user, of exactly the amount, bound to the
 * request. Undefined where the ledger does not know the transaction (yet).
 */
export async function isPaid(
  ledger: Pick<Ledger, 'transaction'>,
  request: PaymentRequestRow,
  digest: string,
  self: string,
): Promise<boolean | undefined> {
  const found = await ledger.transaction(digest, self)
  if (!found) return undefined
  const bound = found.memo !== undefined && equal(found.memo, bindingMemo(request.requestId))
  return bound && found.status === 'success' && found.sender !== self && found.change === request.nanos
}

/** The payment of a request that one of these accounts made already, by another device or before a restore. */
export async function findPaid(
  ledger: Pick<Ledger, 'memos' | 'transaction'>,
  accounts: readonly string[],
  requestId: string,
): Promise<{ digest: string; fee: Fee } | undefined> {
  for (const account of accounts) {
    const digest = await findPayment(ledger, account, requestId)
    const found = digest === undefined ? undefined : await ledger.transaction(digest, account)
    if (digest !== undefined && found?.status === 'success') return { digest, fee: found.fee }
  }
  return undefined
}

async function findPayment(
  ledger: Pick<Ledger, 'memos'>,
  account: string,
  requestId: string,
): Promise<string | undefined> {
  let cursor: string | undefined
  for (let pages = 0; pages < PAGES; pages++) {
    const query = { address: account, side: 'from' as const, magic: bindingMemo(requestId), limit: PAGE }
    const page = await ledger.memos({ ...query, order: 'newest', ...(cursor === undefined ? {} : { cursor }) })
    const [found] = page.memos
    if (found) return found.digest
    if (!page.more) return undefined
    cursor = page.cursor
  }
  return undefined
}
