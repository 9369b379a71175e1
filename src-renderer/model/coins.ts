import { shortAddress } from './address.ts'

/** `0x8f3a…c21e::hut::HUT`: a coin's type without the 66 characters of its package. */
export function shortCoinType(coinType: string): string {
  const [head = '', ...rest] = coinType.split('::')
  return [head.length > 16 ? shortAddress(head) : head, ...rest].join('::')
}
