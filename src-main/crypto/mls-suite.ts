import { type CiphersuiteImpl, type ClientConfig, getCiphersuiteFromName, getCiphersuiteImpl } from 'ts-mls'
import { type ClientState, defaultKeyPackageEqualityConfig, defaultPaddingConfig } from 'ts-mls'
import { ParleyError } from '../contract/index.ts'
import { verifySignature, type SigningKey } from './ed25519.ts'
import { MAX_FORWARD_STEPS, MLS_SUITE, RETAINED_EPOCHS, RETAINED_GENERATIONS } from './mls-constants.ts'
import { authService } from './mls-leaf.ts'
import { withNativeCrypto } from './mls-native.ts'

/** What ts-mls keeps in a state in the place of a private signature key: the device key never goes to the database. */
export const NO_SIGNATURE_KEY = new Uint8Array()

/** The ciphersuite with every signature made by the device key. */
export async function mlsSuite(deviceKey: SigningKey): Promise<CiphersuiteImpl> {
  const suite = withNativeCrypto(await getCiphersuiteImpl(getCiphersuiteFromName(MLS_SUITE)))
  return {
    ...suite,
    signature: {
      sign: async (_key, message) => deviceKey.sign(message),
      verify: async (publicKey, message, signature) => verifySignature(publicKey, message, signature),
      keygen: async () => {
        throw new ParleyError('internal', 'Parley signs with the device key only.')
      },
    },
  }
}

/** `now` in ms since 1970, for the certificates of those who come in. */
export function mlsConfig(now: () => number): ClientConfig {
  return {
    keyRetentionConfig: {
      retainKeysForGenerations: RETAINED_GENERATIONS,
      retainKeysForEpochs: RETAINED_EPOCHS,
      maximumForwardRatchetSteps: MAX_FORWARD_STEPS,
    },
    // The certificate inside a key package bounds its life, by the injected clock; ts-mls would ask the system's.
    lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    paddingConfig: defaultPaddingConfig,
    authService: authService(now),
  }
}

export type { CiphersuiteImpl, ClientConfig, ClientState }
