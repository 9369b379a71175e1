import { ParleyError } from '../../contract/index.ts'

/** Throws `invalid_params` for what is no ledger's URL. */
export function checkLedgerUrl(text: string): void {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    throw new ParleyError('invalid_params', 'A ledger is given as http://host:port or https://host:port.')
}
