/**
 * The keys of one profile: recovery phrase, wallet key, device keys and certificate, and what protects them at rest
 * (a passphrase vault or the keychain of the operating system).
 *
 *   const keyring = createKeyring({ profile: dir, keystore: 'auto', clock, random, log })
 *   const { identity, phrase } = await keyring.create('Alice', new SecretText(passphrase))
 *   const store = openStore({ file, key: identity.databaseKey, clock, log })
 */
export { createKeyring, type KeyringOptions } from './keyring.ts'
export type * from './types.ts'
