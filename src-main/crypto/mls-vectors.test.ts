import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  acceptAll,
  bytesToBase64,
  type CiphersuiteName,
  ciphersuites,
  decodeMlsMessage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  makePskIndex,
  processMessage,
} from 'ts-mls'
import { decodeRatchetTree } from 'ts-mls/ratchetTree.js'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../base/index.ts'

// A part of the working group's passive-client vectors (github.com/mlswg/mls-implementations), every ciphersuite of RFC 9420.

interface Case {
  cipher_suite: number
  key_package: string
  signature_priv: string
  encryption_priv: string
  init_priv: string
  welcome: string
  ratchet_tree: string | null
  external_psks: { psk_id: string; psk: string }[]
  initial_epoch_authenticator: string
  epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[]
}

function load(name: string): Case[] {
  return JSON.parse(gunzipSync(readFileSync(new URL(`vectors/${name}.json.gz`, import.meta.url))).toString()) as Case[]
}

function message(hex: string) {
  const decoded = decodeMlsMessage(fromHex(hex), 0)
  if (!decoded) throw new Error('not an MLS message')
  return decoded[0]
}

/** Joins by the vector's Welcome, follows its commits and compares every epoch's authenticator. */
async function play(vector: Case): Promise<void> {
  const name = (Object.keys(ciphersuites) as CiphersuiteName[]).find(
    (key) => ciphersuites[key] === vector.cipher_suite,
  )!
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName(name))
  const keyPackage = message(vector.key_package)
  const welcome = message(vector.welcome)
  if (keyPackage.wireformat !== 'mls_key_package' || welcome.wireformat !== 'mls_welcome') throw new Error('wrong kind')
  const keys = {
    hpkePrivateKey: fromHex(vector.encryption_priv),
    initPrivateKey: fromHex(vector.init_priv),
    signaturePrivateKey: fromHex(vector.signature_priv),
  }
  const tree = vector.ratchet_tree ? decodeRatchetTree(fromHex(vector.ratchet_tree), 0)?.[0] : undefined
  const psks = Object.fromEntries(
    vector.external_psks.map((psk) => [bytesToBase64(fromHex(psk.psk_id)), fromHex(psk.psk)]),
  )
  const index = makePskIndex(undefined, psks)
  let state = await joinGroup(welcome.welcome, keyPackage.keyPackage, keys, index, suite, tree)
  expect(toHex(state.keySchedule.epochAuthenticator)).toBe(vector.initial_epoch_authenticator)
  for (const epoch of vector.epochs) {
    for (const hex of [...epoch.proposals, epoch.commit]) {
      const next = message(hex)
      if (next.wireformat !== 'mls_private_message' && next.wireformat !== 'mls_public_message')
        throw new Error('wrong kind')
      state = (await processMessage(next, state, makePskIndex(state, psks), acceptAll, suite)).newState
    }
    expect(toHex(state.keySchedule.epochAuthenticator)).toBe(epoch.epoch_authenticator)
  }
}

test.each(['passive-client-welcome', 'passive-client-handling-commit', 'passive-client-random'])(
  'IETF %s',
  async (name) => {
    const cases = load(name)
    expect(new Set(cases.map((vector) => vector.cipher_suite)).size).toBe(name.endsWith('random') ? 1 : 7)
    for (const vector of cases) await play(vector)
  },
)
