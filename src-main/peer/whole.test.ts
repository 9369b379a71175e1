import { expect, test } from 'vitest'
import { encodeSignal } from '../wire/index.ts'
import { isDataChannelDescription, isUsableCandidate } from './sdp.ts'
import { compact, compactCandidates, readWhole } from './whole.ts'

const sdp = (ufrag: string) =>
  readWhole({
    description: {
      setup: { Actpass: true },
      ufrag,
      pwd: 'f5gQKjx7i2LkM6QyZN1SF5',
      fingerprint: new Uint8Array(32).fill(0xa0),
      sctpPort: 5000,
      maxMessageSize: 262_144,
    },
    candidates: [],
  }).offer

test('a description is the same after it was made compact, and cannot bring lines of its own', () => {
  expect(isDataChannelDescription(sdp('wYc5'))).toBe(true)
  expect(compact(sdp('wYc5'))).toMatchObject({ ufrag: 'wYc5', setup: { Actpass: true }, sctpPort: 5000 })
  for (const bad of ['wYc5\r\na=setup:active', 'w c5', 'wYc', 'x'.repeat(300)]) expect(sdp(bad)).toBe('')
  expect(compact(sdp('wYc5').replace('a=mid:0', 'a=mid:1'))).toBeUndefined()
})

test('candidates over UDP with an address come back usable, the best first; names and TCP are left out', () => {
  const of = (address: string, priority: number, rest = 'typ host') => ({
    candidate: `a=candidate:1 1 UDP ${priority} ${address} 5000 ${rest}`,
    mid: '0',
  })
  const local = [
    of('192.0.2.1', 5),
    of('2001:db8::1', 9),
    of('2001:db8:0:1:2:3:4:5', 8, 'typ srflx raddr 0.0.0.0 rport 0'),
    of('printer.local', 10),
    { candidate: 'a=candidate:1 1 tcp 7 192.0.2.1 5000 typ host', mid: '0' },
  ]
  const description = compact(sdp('wYc5'))
  if (!description) throw new Error('not compact')
  const read = readWhole({ description, candidates: compactCandidates(local) }).candidates
  expect(read.map(({ candidate }) => candidate.split(' ').slice(3, 8).join(' '))).toEqual([
    '9 2001:db8:0:0:0:0:0:1 5000 typ host',
    '8 2001:db8:0:1:2:3:4:5 5000 typ srflx',
    '5 192.0.2.1 5000 typ host',
  ])
  expect(read.every(({ candidate, mid }) => isUsableCandidate(candidate, mid, false))).toBe(true)
  const many = Array.from({ length: 40 }, (_, index) => of(`192.0.2.${index}`, index))
  const bytes = encodeSignal(new Uint8Array(16), {
    WholeAnswer: { description, candidates: compactCandidates(many) },
  })
  expect(bytes.length).toBeLessThan(300)
})
