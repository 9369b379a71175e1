import { fromHex, toHex, utf8 } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { hash256 } from './domain.ts'

/** The ledger address of an Ed25519 public key: `0x` and hex of blake2b256(key), no flag byte (IOTA). */
export function addressOfPublicKey(publicKey: Uint8Array): string {
  return `0x${toHex(hash256(publicKey))}`
}

export function addressBytes(address: string): Uint8Array<ArrayBuffer> {
  return fromHex(address)
}

export function addressFromBytes(bytes: Uint8Array): string {
  return `0x${toHex(bytes)}`
}

/**
 * An address whose letters' case is a checksum over its digits, in the manner of ERC-55 with blake2b256:
 * a letter is upper case where the hash's nibble at its place is 8 or more. Ledger tools read it as the same address.
 */
export function checksummed(address: string): string {
  const digits = address.slice(2).toLowerCase()
  const nibbles = toHex(hash256(utf8(`parley/address/1${digits}`)))
  const cased = [...digits].map((digit, index) =>
    Number.parseInt(nibbles[index] ?? '0', 16) >= 8 ? digit.toUpperCase() : digit,
  )
  return `0x${cased.join('')}`
}

/**
 * What a person pasted, as a canonical address. Accepts surrounding space, `parley:` and `iota:` in front, and
 * any case; with mixed case the checksum must hold. Throws `bad_address` with the sentence for a person and a
 * `reason`: `address_prefix`, `address_digits`, `address_length`, `address_reserved` or `address_checksum`.
 */
export function parseAddress(input: string): { address: string; checked: boolean } {
  const text = input.trim().replace(/^(parley|iota):(\/\/)?/i, '')
  if (!/^0x/i.test(text))
    throw new ParleyError('bad_address', 'An address starts with 0x.', { reason: 'address_prefix' })
  const digits = text.slice(2)
  if (!/^[0-9a-fA-F]*$/.test(digits))
    throw new ParleyError('bad_address', 'An address has only the digits 0 to 9 and the letters a to f.', {
      reason: 'address_digits',
    })
  if (digits.length !== 64)
    throw new ParleyError('bad_address', `An address has 64 digits after 0x; this one has ${digits.length}.`, {
      reason: 'address_length',
    })
  const address = `0x${digits.toLowerCase()}`
  // 0x1, 0x2, 0x5 … are the ledger's own packages and objects: nobody has a key for them.
  if (/^0{60}/.test(digits))
    throw new ParleyError(
      'bad_address',
      'This address belongs to the ledger itself; nobody can answer or spend there.',
      {
        reason: 'address_reserved',
      },
    )
  const mixed = digits !== digits.toLowerCase() && digits !== digits.toUpperCase()
  if (mixed && checksummed(address) !== `0x${digits}`)
    throw new ParleyError('bad_address', 'This address has a typing mistake: its checksum does not match.', {
      reason: 'address_checksum',
    })
  return { address, checked: mixed }
}
