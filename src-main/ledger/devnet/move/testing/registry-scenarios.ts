import { bcs } from '@iota/bcs'
import { concat, utf8 } from '../../../../base/index.ts'
import type { MoveMachine } from '../index.ts'
import { address, addressBytes, bytes, type Call, coin, result, shared, taken, texts, u64 } from './arguments.ts'
import { Script } from './script.ts'
import { digestOfMessage, partyOf, signBy } from './states.ts'

const STAKE = 1_000_000_000n
const RECORD = '0x0::registry::NodeRecord'
const NODE = partyOf(3)
const FINGERPRINT = new Uint8Array(32).fill(9)

function profileCall(endpoints = ['wss://one.example:443'], fingerprint = FINGERPRINT): Call {
  const prices = { module: 'registry', function: 'prices', args: [u64(1), u64(2), u64(3)] }
  const args = [texts(endpoints), bytes(fingerprint), u64(7), result(prices), u64(1)]
  return { module: 'registry', function: 'profile', args }
}

/** The signature of the node's key for an owner, as docs/move.md describes it. */
function proof(owner: string, key = NODE.key): Uint8Array {
  const record = utf8(`${'0'.repeat(64)}::registry::NodeRecord`)
  const vector = (value: Uint8Array) => bcs.byteVector().serialize(value).toBytes()
  const claim = concat(vector(record), addressBytes(owner), vector(key))
  return signBy(NODE, digestOfMessage('parley/registry/1', new Uint8Array(), claim))
}

function registerCall(owner: string, more: { key?: Uint8Array; proof?: Uint8Array; stake?: bigint } = {}): Call {
  const { key = NODE.key, proof: signature = proof(owner), stake = STAKE } = more
  const args = [bytes(key), result(profileCall()), bytes(signature), coin(stake)]
  return { module: 'registry', function: 'register', args, context: true }
}

const record = (id: string) => shared(id, RECORD)
const onRecord = (name: string, id: string): Call => ({
  module: 'registry',
  function: name,
  args: [name === 'withdraw' ? taken(id, RECORD) : record(id)],
  context: true,
})
const renewCall = (id: string, profile = profileCall()): Call => ({
  module: 'registry',
  function: 'renew',
  args: [record(id), result(profile)],
  context: true,
})

function lifetime(script: Script): void {
  script.epoch = 5n
  const id = script.share(registerCall('0xa', { stake: STAKE + 5n }))
  const isLive = (expected: boolean) => script.expectAnswer(onRecord('is_live', id), expected)
  isLive(true)
  script.epoch = 6n
  isLive(true)
  script.epoch = 7n
  isLive(false)
  script.fails('EStakeHeld', onRecord('withdraw', id))
  script.call(renewCall(id, profileCall(['wss://a.example', 'wss://b.example', 'wss://c.example', 'wss://d.example'])))
  isLive(true)
  script.sender = '0xb'
  script.fails('ENotOwner', renewCall(id))
  script.fails('ENotOwner', onRecord('leave', id))
  script.sender = '0xa'
  script.call(onRecord('leave', id))
  isLive(false)
  script.fails('ELeaving', onRecord('leave', id))
  script.fails('ELeaving', renewCall(id))
  script.epoch = 8n
  script.fails('EStakeHeld', onRecord('withdraw', id))
  script.epoch = 9n
  script.sender = '0xb'
  script.fails('ENotOwner', onRecord('withdraw', id))
  script.sender = '0xa'
  script.call(onRecord('withdraw', id))
}

function registering(script: Script): void {
  script.fails('EStakeTooSmall', registerCall('0xa', { stake: STAKE - 1n }))
  script.fails('EBadKey', registerCall('0xa', { key: NODE.key.subarray(1) }))
  script.fails('EBadKey', registerCall('0xa', { key: new Uint8Array() }))
  // Somebody else's node, and a proof that was made for somebody else.
  script.fails('EBadProof', registerCall('0xa', { key: partyOf(4).key }))
  script.fails('EBadProof', registerCall('0xa', { proof: proof('0xb') }))
  script.fails('EBadProof', registerCall('0xa', { proof: new Uint8Array(64) }))
  script.fails('EBadProof', registerCall('0xa', { proof: new Uint8Array() }))
  script.call({ module: 'registry', function: 'claim_digest', args: [address('0xa'), bytes(NODE.key)] })
  script.share(registerCall('0xa'))
}

function profiles(script: Script): void {
  script.fails('EBadEndpointCount', profileCall([]))
  script.fails('EBadEndpointCount', profileCall(['a', 'b', 'c', 'd', 'e']))
  script.fails('EBadEndpoint', profileCall(['']))
  script.fails('EBadEndpoint', profileCall(['a', 'x'.repeat(301)]))
  script.fails('EBadFingerprint', profileCall(['a'], FINGERPRINT.subarray(1)))
  script.call(profileCall(['x'.repeat(300)]))
}

/** Every scenario of the registry, as the interpreter ran it. */
export function registryScripts(machine: () => MoveMachine): Script[] {
  return Object.entries({ lifetime, registering, profiles }).map(([name, run]) => {
    const script = new Script(`registry_${name}`, machine())
    run(script)
    return script
  })
}
