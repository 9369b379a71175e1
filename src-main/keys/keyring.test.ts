import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Ed25519Keypair } from '@iota/iota-sdk/keypairs/ed25519'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Clock, Secret, SecretText, silentLog, systemClock, systemRandom, toHex } from '../base/index.ts'
import { verifyCertificate, verifySignature } from '../crypto/index.ts'
import { createKeyring, type Keyring, type KeystoreKind } from './index.ts'
import { sealFile } from './sealed-file.ts'
import { unwrapMaster } from './vault.ts'

const abandon = [...Array<string>(11).fill('abandon'), 'about']
const ABANDON_ADDRESS = '0x365b74f27ca7c6d7ce019d73042f85cc4627e1aeec2b7822994e16010234e576'
const passphrase = new SecretText('correct horse battery')
const code = (value: string) => expect.objectContaining({ code: value })
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'parley-keys-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function keyring(keystore: KeystoreKind | 'auto' = 'vault', clock: Clock = systemClock): Keyring {
  return createKeyring({ profile: dir, keystore, clock, random: systemRandom, log: silentLog })
}

test('BIP-39 and SLIP-0010: the phrase of the check vector has its known address', async () => {
  const identity = await keyring('memory').restore('Alice', abandon, undefined)
  expect(identity.address).toBe(ABANDON_ADDRESS)
  expect(identity.wallet.address).toBe(ABANDON_ADDRESS)
  const digest = new Uint8Array(32)
  expect(verifySignature(identity.wallet.publicKey, digest, identity.wallet.sign(digest))).toBe(true)
  expect(verifyCertificate(identity.certificate.signed, Date.now()).addressText).toBe(ABANDON_ADDRESS)
})

test('a wrong phrase is refused with the place of the word, or the checksum', async () => {
  const ring = keyring('memory')
  await expect(ring.restore('A', ['abandon'], undefined)).rejects.toThrow(/12 or 24 words/)
  await expect(ring.restore('A', [...abandon.slice(0, 11), 'abot'], undefined)).rejects.toThrow(/Word 12/)
  await expect(ring.restore('A', [...abandon.slice(0, 11), 'abandon'], undefined)).rejects.toThrow(/fit together/)
  expect(ring.state()).toBe('none')
})

test('the vault: create, lock, wrong passphrase, unlock in a new process, same identity', async () => {
  const first = keyring()
  const { identity, phrase } = await first.create('Alice', passphrase)
  const databaseKey = toHex(identity.databaseKey.use())
  expect([phrase.length, first.state(), identity.phraseConfirmed]).toEqual([24, 'ready', false])
  await expect(first.create('Alice', passphrase)).rejects.toThrow(code('conflict'))
  first.lock()
  expect([first.state(), first.current(), toHex(identity.databaseKey.use())]).toEqual([
    'locked',
    undefined,
    '0'.repeat(64),
  ])

  const second = keyring('auto')
  expect([second.kind, second.state()]).toEqual(['vault', 'locked'])
  await expect(second.unlock(new SecretText('wrong horse battery'))).rejects.toThrow(code('wrong_passphrase'))
  await expect(second.unlock(undefined)).rejects.toThrow(code('wrong_passphrase'))
  const again = await second.unlock(passphrase)
  expect([again.address, again.deviceId, toHex(again.databaseKey.use())]).toEqual([
    identity.address,
    identity.deviceId,
    databaseKey,
  ])
  expect(again.certificate.signed).toEqual(identity.certificate.signed)
  expect(readdirSync(dir).sort()).toEqual(['identity.json', 'vault.json'])
  expect(readdirSync(dir).map((name) => statSync(join(dir, name)).mode & 0o777)).toEqual([0o600, 0o600])
})

test('the phrase is shown only to who has the passphrase, and confirming it is remembered', async () => {
  const ring = keyring()
  const { phrase } = await ring.create('Alice', passphrase)
  await expect(ring.revealPhrase(new SecretText('wrong horse battery'))).rejects.toThrow(code('wrong_passphrase'))
  expect(await ring.revealPhrase(passphrase)).toEqual(phrase)
  expect(await ring.confirmPhrase([])).toBe(false)
  expect(await ring.confirmPhrase([{ index: 3, word: 'nonsense' }])).toBe(false)
  expect(await ring.confirmPhrase([{ index: 3, word: phrase[3] ?? '' }])).toBe(true)
  expect(ring.current()?.phraseConfirmed).toBe(true)
  ring.lock()
  await expect(ring.confirmPhrase([])).rejects.toThrow(code('locked'))
  expect((await ring.unlock(passphrase)).phraseConfirmed).toBe(true)
})

test('a damaged or hostile key file is storage_damaged at once and is not overwritten', async () => {
  const ring = keyring()
  await ring.create('Alice', passphrase)
  ring.lock()
  for (const name of ['vault.json', 'identity.json']) {
    const clean = readFileSync(join(dir, name), 'utf8')
    const flipped = clean.replace(/"ciphertext": "(.)/, (_, digit) => `"ciphertext": "${digit === '0' ? '1' : '0'}`)
    for (const bad of [flipped, '', '{}', clean.slice(0, 40), 'x'.repeat(100_000)]) {
      writeFileSync(join(dir, name), bad)
      await expect(ring.unlock(passphrase)).rejects.toThrow(code('storage_damaged'))
      await expect(ring.create('Eve', passphrase)).rejects.toThrow(code('conflict'))
      expect(readFileSync(join(dir, name), 'utf8')).toBe(bad)
    }
    writeFileSync(join(dir, name), clean)
  }
  expect((await ring.unlock(passphrase)).name).toBe('Alice')
})

test('a certificate is renewed when less than a third of its life is left', async () => {
  let now = Date.now()
  const clock = { ...systemClock, now: () => now }
  const ring = keyring('memory', clock)
  const { identity } = await ring.create('Alice', undefined)
  const day = 24 * 3600 * 1000
  for (const [days, renewed] of [
    [200, false],
    [250, true],
    [700, true],
  ] as const) {
    now = identity.certificate.issuedAt + days * day
    ring.lock()
    const { certificate } = await ring.unlock(undefined)
    expect(certificate.issuedAt === now, `after ${days} days`).toBe(renewed)
    expect(certificate.deviceId).toBe(identity.deviceId)
  }
})

test('no secret of an identity or a keyring is printed by JSON or inspect', async () => {
  const ring = keyring()
  const { identity, phrase } = await ring.create('Alice', passphrase)
  const secrets = [identity.databaseKey, identity.sealingKey, identity.deviceSeed].map((secret) => toHex(secret.use()))
  const printed = [identity, ring, { ring, identity }].flatMap((value) => [
    JSON.stringify(value),
    inspect(value, { depth: 9, showHidden: true, maxArrayLength: null }),
  ])
  for (const text of printed) for (const secret of [...secrets, phrase.join(' ')]) expect(text).not.toContain(secret)
})

test('a lock during an unlock wins', async () => {
  const ring = keyring('memory')
  await ring.create('Alice', undefined)
  ring.lock()
  const unlocking = ring.unlock(undefined)
  await Promise.resolve()
  ring.lock()
  await expect(unlocking).rejects.toThrow(code('locked'))
  expect(ring.state()).toBe('locked')
})

test('a vault file cannot ask for more memory, passes or lanes than this machine is meant to give', async () => {
  const header = { format: 'parley/vault/1', kdf: 'argon2id', memoryKib: 65_536, passes: 3, lanes: 1 }
  const asked: object[] = [
    ...[262_145, 4_194_304, 2 ** 32, 1e300, 0, 8191, -1, 65_536.5, '65536', null].map((memoryKib) => ({ memoryKib })),
    ...[11, 2 ** 31, 0].map((passes) => ({ passes })),
    ...[5, 255, 0].map((lanes) => ({ lanes })),
    ...['', '00', '0'.repeat(10_000)].map((salt) => ({ salt })),
    ...[{ kdf: 'argon2d' }, { format: 'parley/vault/2' }, { extra: 1 }],
  ]
  const [key, content] = [new Secret(new Uint8Array(32)), new Secret(new Uint8Array(32))]
  const started = performance.now()
  for (const change of asked) {
    const text = sealFile(key, JSON.stringify({ ...header, salt: '0'.repeat(32), ...change }), content, systemRandom)
    await expect(unwrapMaster(text, passphrase), JSON.stringify(change)).rejects.toThrow(code('storage_damaged'))
  }
  expect(performance.now() - started, 'refused before any work').toBeLessThan(1000)
})

test('a keyring that stays open renews its certificate when it is due, and the new one is kept', async () => {
  let now = Date.now()
  const ring = keyring('memory', { ...systemClock, now: () => now })
  await expect(ring.renewCertificate()).rejects.toThrow(code('locked'))
  const { identity } = await ring.create('Alice', undefined)
  expect(await ring.renewCertificate()).toBeUndefined()
  now += 250 * 24 * 3600 * 1000
  const renewed = await ring.renewCertificate()
  expect(renewed).toBe(ring.current())
  expect(renewed).toMatchObject({ deviceId: identity.deviceId, databaseKey: identity.databaseKey })
  expect(verifyCertificate(renewed?.certificate.signed ?? new Uint8Array(), now)).toMatchObject({ issuedAt: now })
  expect(await ring.renewCertificate()).toBeUndefined()
  ring.lock()
  expect((await ring.unlock(undefined)).certificate.signed).toEqual(renewed?.certificate.signed)
})

test('accounts by index: the addresses of other wallets for the same phrase, and no signature after the lock', async () => {
  const ring = keyring('memory')
  const identity = await ring.restore('Alice', abandon, undefined)
  const phrase = abandon.join(' ')
  const signers = await Promise.all([0, 1, 2, 31].map((index) => ring.walletAccount(index)))
  const theirs = [0, 1, 2, 31].map((index) => Ed25519Keypair.deriveKeypair(phrase, `m/44'/4218'/${index}'/0'/0'`))
  expect(signers.map(({ address }) => address)).toEqual(theirs.map((key) => key.toIotaAddress()))
  const digest = new Uint8Array(32)
  for (const signer of signers) expect(verifySignature(signer.publicKey, digest, signer.sign(digest))).toBe(true)
  expect(inspect(signers)).not.toContain(toHex(identity.deviceSeed.use()))
  ring.lock()
  for (const signer of signers) expect(() => signer.sign(digest)).toThrow(code('locked'))
  await expect(ring.walletAccount(1)).rejects.toThrow(code('locked'))
})
