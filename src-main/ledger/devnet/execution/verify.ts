import { fromBase64 } from '@iota/bcs'
import { verifySignature } from '../../../crypto/index.ts'
import { addressOfPublicKey, hash256 } from '../../../wire/index.ts'
import { InvalidTransaction } from './errors.ts'
import type { LedgerTransaction } from './transaction.ts'

/** IOTA intent of a transaction: scope 0, version 0, app 0. */
const TRANSACTION_INTENT = Uint8Array.of(0, 0, 0)
const ED25519_FLAG = 0
/** flag ‖ signature 64 ‖ public key 32. */
const ED25519_BYTES = 97

/**
 * Checks that exactly the sender and the gas owner have signed. Ed25519 goes through node:crypto (0.1 ms instead of
 * 1.3 ms), everything else (MultiSig, Secp256k1, Secp256r1, passkeys) through the SDK. Throws InvalidTransaction.
 */
export async function verifySigners(transaction: LedgerTransaction, signatures: string[]): Promise<void> {
  const expected = new Set([transaction.sender, transaction.gas.owner])
  if (signatures.length !== expected.size)
    throw new InvalidTransaction(`Expect ${expected.size} signer signatures but got ${signatures.length}`)
  for (const signature of signatures) {
    const signer = verifyEd25519(transaction.bytes, signature) ?? (await verifyOther(transaction.bytes, signature))
    if (!expected.delete(signer)) throw new InvalidTransaction('Signature is not valid: unexpected signer')
  }
}

/** The signer's address; undefined where the signature is of another scheme. */
function verifyEd25519(bytes: Uint8Array, signature: string): string | undefined {
  const raw = decodeSignature(signature)
  if (raw[0] !== ED25519_FLAG) return undefined
  if (raw.length !== ED25519_BYTES) throw new InvalidTransaction('Signature is not valid: wrong length')
  const publicKey = raw.subarray(65)
  if (!verifySignature(publicKey, hash256(TRANSACTION_INTENT, bytes), raw.subarray(1, 65)))
    throw new InvalidTransaction('Signature is not valid')
  return addressOfPublicKey(publicKey)
}

async function verifyOther(bytes: Uint8Array, signature: string): Promise<string> {
  const { verifyTransactionSignature } = await import('@iota/iota-sdk/verify')
  try {
    return (await verifyTransactionSignature(bytes, signature)).toIotaAddress()
  } catch (cause) {
    throw new InvalidTransaction('Signature is not valid', { cause })
  }
}

function decodeSignature(signature: string): Uint8Array {
  try {
    return fromBase64(signature)
  } catch (cause) {
    throw new InvalidTransaction('Signature is not valid: no base64', { cause })
  }
}
