import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemRandom } from '../base/index.ts'
import { encode, Envelope, MAX_ENVELOPE_BYTES } from '../wire/index.ts'
import { chatFaults, FaultChats } from './fault-chats.ts'

let folder: string
let alice: FaultChats
let bob: FaultChats
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-chats-'))
  alice = new FaultChats(folder, 0, 'alice')
  bob = new FaultChats(folder, 1, 'bob')
})
afterEach(async () => {
  alice.close()
  bob.close()
  await rm(folder, { recursive: true, force: true })
})

const written = (number: number) => {
  const id = systemRandom.bytes(16)
  const body = { Group: { groupId: new Uint8Array(32), message: alice.write(id, 'bob', number) } }
  const from = new Uint8Array(32)
  return encode(Envelope, { V1: { id, from, sentAt: Date.now(), body } }, MAX_ENVELOPE_BYTES)
}

it('what arrives twice and out of order stands in the chat once and in the order of its writer', () => {
  const [first, second, third] = [written(0), written(1), written(2)]
  expect([second, first, third, second, first].map((bytes) => bob.take(bytes))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
  expect(bob.numbers('alice')).toEqual([0, 1, 2])
  expect(chatFaults(bob.numbers('alice'), [0, 1, 2])).toEqual([])
})

it('what is missing, doubled or behind a later one is named', () => {
  expect(chatFaults([0, 2], [0, 1, 2])).toEqual(['acknowledged and not there: 1'])
  expect(chatFaults([0, 1, 1], [0, 1])).toEqual(['1 messages stand there twice'])
  expect(chatFaults([1, 0], [0, 1])).toEqual(['0 stands behind a later one'])
})
