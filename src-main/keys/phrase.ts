import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedWebcrypto } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { HDKey } from 'micro-key-producer/slip10.js'
import { type Random, Secret } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { type SigningKey, signingKeyFromSeed } from '../crypto/index.ts'

const known = new Set(wordlist)
/** 24 words of BIP-39. */
const ENTROPY_BYTES = 32

export function newEntropy(random: Random): Secret {
  return new Secret(random.bytes(ENTROPY_BYTES))
}

export function phraseOf(entropy: Secret): string[] {
  return entropyToMnemonic(entropy.use(), wordlist).split(' ')
}

/** 12 or 24 English words of BIP-39, in any case. Throws `invalid_params` with the place of the word that is wrong. */
export function entropyOf(phrase: string[]): Secret {
  const words = phrase.map((word) => word.trim().normalize('NFKD').toLowerCase())
  if (words.length !== 12 && words.length !== 24)
    throw new ParleyError('invalid_params', `A recovery phrase has 12 or 24 words; this one has ${words.length}.`)
  const wrong = words.findIndex((word) => !known.has(word))
  if (wrong >= 0) throw new ParleyError('invalid_params', `Word ${wrong + 1} is not in the list of recovery words.`)
  try {
    return new Secret(mnemonicToEntropy(words.join(' '), wordlist))
  } catch {
    throw new ParleyError(
      'invalid_params',
      'The words do not fit together: one of them is another word, or in another place.',
    )
  }
}

/** SLIP-0010 Ed25519 at m/44'/4218'/account'/0'/0' (PROTOCOL section 2). */
export async function walletKey(entropy: Secret, account = 0): Promise<SigningKey> {
  const seed = await mnemonicToSeedWebcrypto(entropyToMnemonic(entropy.use(), wordlist))
  const leaf = HDKey.fromMasterSeed(seed).derive(`m/44'/4218'/${account}'/0'/0'`)
  const secret = new Secret(leaf.privateKey)
  try {
    return signingKeyFromSeed(secret)
  } finally {
    secret.wipe()
    leaf.privateKey.fill(0)
    seed.fill(0)
  }
}
