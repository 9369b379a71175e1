import { expect, it } from 'vitest'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { testEnvelope } from '../test-device.ts'
import { Inbox } from './inbox.ts'
import type { NodeLink } from './node-link.ts'

/** A link that keeps what is sent over it. */
function link() {
  const sent: [string, number][] = []
  const connection = { send: (name: string, id: number) => void sent.push([name, id]) }
  return { sent, link: { connection } as unknown as NodeLink }
}

it('a node that repeats an envelope that is not accepted has few answered, and keeps nobody else from it', () => {
  let accept = () => {}
  let told = 0
  const inbox = new Inbox({
    identity: testIdentity(),
    emit: (arrival) => {
      told++
      accept = arrival.accept
    },
  })
  const { bytes } = testEnvelope(testIdentity())
  const [hostile, honest] = [link(), link()]
  inbox.arrived(honest.link, 7, bytes)
  for (let id = 1; id <= 1_000; id++) {
    inbox.arrived(hostile.link, id, bytes)
    inbox.arrived(hostile.link, 0, bytes)
  }
  accept()
  expect(told).toBe(1)
  expect(honest.sent).toEqual([['accept', 7]])
  expect(hostile.sent.length).toBeLessThanOrEqual(4)
  expect(hostile.sent).toContainEqual(['acceptMail', 0])
})
