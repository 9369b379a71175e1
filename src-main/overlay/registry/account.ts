import * as v from 'valibot'
import { type Random, Secret } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { signingKeyFromSeed, type SigningKey } from '../../crypto/index.ts'
import type { LedgerSigner } from '../../ledger/index.ts'
import { addressOfPublicKey } from '../../wire/index.ts'
import { bytesText, JsonFile, textOf } from './files.ts'

const KEY_FILE = 'operator.json'
const SEED_BYTES = 32
const keySchema = v.object({
  version: v.literal(1),
  seed: v.pipe(
    bytesText,
    v.check((seed) => seed.length === SEED_BYTES),
  ),
})

/**
 * The account that pays for a node's registration and gets its stake back. Its key stands in the node's folder (mode 0600)
 * and is made on the first use; a damaged file is refused with `storage_damaged`, never replaced: there may be a stake behind it.
 */
export async function openAccount(dataDir: string | undefined, random: Random): Promise<LedgerSigner> {
  const file = new JsonFile(dataDir, KEY_FILE, keySchema)
  const kept = await file.read()
  if (kept) return signerOf(signingKeyFromSeed(new Secret(kept.seed)))
  const seed = random.bytes(SEED_BYTES)
  await file.write({ version: 1, seed: textOf(seed) })
  return signerOf(signingKeyFromSeed(new Secret(seed)))
}

/** The same for an account that must be there. Throws `not_found`. */
export async function findAccount(dataDir: string): Promise<LedgerSigner> {
  const kept = await new JsonFile(dataDir, KEY_FILE, keySchema).read()
  if (!kept) throw new ParleyError('not_found', 'No node was registered from this folder.')
  return signerOf(signingKeyFromSeed(new Secret(kept.seed)))
}

function signerOf(key: SigningKey): LedgerSigner {
  return { publicKey: key.publicKey, address: addressOfPublicKey(key.publicKey), sign: (digest) => key.sign(digest) }
}
