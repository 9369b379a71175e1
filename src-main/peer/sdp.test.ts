import { expect, test } from 'vitest'
import { isDataChannelDescription, isUsableCandidate, withoutCandidates } from './sdp.ts'

const sdp = [
  'v=0',
  'o=rtc 3647374939 0 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'a=msid-semantic:WMS *',
  'a=ice-options:ice2,trickle',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'A0').join(':')}`,
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=mid:0',
  'a=sendrecv',
  'a=sctp-port:5000',
  'a=max-message-size:262144',
  'a=setup:actpass',
  'a=ice-ufrag:wYc5',
  'a=ice-pwd:f5gQKjx7i2LkM6QyZN1SF5',
  '',
].join('\r\n')

test('a data-channel description passes', () => {
  expect(isDataChannelDescription(sdp)).toBe(true)
})

test('media, candidates, unknown attributes, missing fingerprints and control characters are refused', () => {
  const bad = [
    `${sdp}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n`,
    `${sdp}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n`,
    `${sdp}a=candidate:1 1 UDP 1 10.0.0.1 5000 typ host\r\n`,
    `${sdp}a=identity:x\r\n`,
    `${sdp}a=ice-ufrag:second\r\n`,
    `${sdp}x=1\r\n`,
    sdp.replace(/a=fingerprint.*\r\n/, ''),
    sdp.replace('sha-256', 'sha-1'),
    sdp.replace('s=-', 's=\u0000'),
    sdp.replace('s=-', `s=${'x'.repeat(7000)}`),
    '',
  ]
  expect(bad.filter(isDataChannelDescription)).toEqual([])
})

test('candidates inside a description of our own are taken out', () => {
  const lines = 'a=candidate:1 1 UDP 1 10.0.0.1 5000 typ host\r\na=end-of-candidates\r\n'
  expect(withoutCandidates(sdp + lines)).toBe(sdp)
})

test('candidates have numeric, reachable addresses; loopback only where asked for', () => {
  const of = (address: string, port = '5000') => `a=candidate:1 1 UDP 2114977791 ${address} ${port} typ host`
  const usable = (candidate: string, loopback = false) => isUsableCandidate(candidate, '0', loopback)
  expect(['10.0.0.1', '192.0.2.1', '2001:db8::1', 'fe80::1'].every((address) => usable(of(address)))).toBe(true)
  expect(usable('candidate:2 1 UDP 1 192.0.2.1 5000 typ srflx raddr 0.0.0.0 rport 0')).toBe(true)
  expect(usable(of('127.0.0.1'), true)).toBe(true)
  const refused = [
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    'ff02::1',
  ]
  expect(refused.filter((address) => usable(of(address)))).toEqual([])
  expect(['host.example', 'abc.local', '10.0.0'].filter((name) => usable(of(name), true))).toEqual([])
  expect(['0', '65536', '-1', 'x'].filter((port) => usable(of('10.0.0.1', port)))).toEqual([])
  expect(isUsableCandidate(of('10.0.0.1'), 'a b', false)).toBe(false)
  expect(usable(`${of('10.0.0.1')}\r\na=x`)).toBe(false)
})
