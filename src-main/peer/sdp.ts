import { isIP } from 'node:net'
import { MAX_CANDIDATE_CHARACTERS, MAX_MID_CHARACTERS, MAX_SDP_BYTES } from '../wire/index.ts'

/** Every attribute of a data-channel description (RFC 8841, RFC 8839); anything else is refused. */
const ALLOWED_ATTRIBUTES = new Set([
  'group',
  'msid-semantic',
  'ice-options',
  'fingerprint',
  'mid',
  'sendrecv',
  'sctp-port',
  'max-message-size',
  'setup',
  'ice-ufrag',
  'ice-pwd',
  'extmap-allow-mixed',
])
const MAX_LINES = 48
const REQUIRED = [
  /^a=fingerprint:sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/i,
  /^a=ice-ufrag:\S{4,256}$/,
  /^a=ice-pwd:\S{22,256}$/,
]

/**
 * True for a description with one data-channel media line and nothing else: no audio or video, no candidates (they travel
 * by themselves, so that the privacy setting is applied in one place), no unknown attribute.
 */
export function isDataChannelDescription(sdp: string): boolean {
  if (sdp.length > MAX_SDP_BYTES || !/^[\x20-\x7e\r\n]+$/.test(sdp)) return false
  const lines = sdp.split(/\r?\n/).filter((line) => line !== '')
  if (lines.length > MAX_LINES || lines[0] !== 'v=0') return false
  const media = lines.filter((line) => line.startsWith('m='))
  if (media.length !== 1 || !/^m=application \d{1,5} UDP\/DTLS\/SCTP webrtc-datachannel$/.test(media[0] ?? ''))
    return false
  return (
    lines.every(isAllowedLine) && REQUIRED.every((pattern) => lines.filter((line) => pattern.test(line)).length === 1)
  )
}

function isAllowedLine(line: string): boolean {
  if (!line.startsWith('a=')) return /^[vostcmb]=/.test(line)
  return ALLOWED_ATTRIBUTES.has(line.slice(2).split(':', 1)[0] ?? '')
}

/** Takes candidates out of a description of our own stack, which puts in those that it already has. */
export function withoutCandidates(sdp: string): string {
  const lines = sdp.split('\r\n')
  return lines.filter((line) => !/^a=(candidate:|end-of-candidates)/.test(line)).join('\r\n')
}

/** The same, and without addresses: our stack writes none into a description, and if another did, it would not leave. */
export function withoutAddresses(sdp: string): string {
  return withoutCandidates(sdp)
    .replace(/^(o=.* IN) IP[46] .*?(\r?)$/gm, '$1 IP4 127.0.0.1$2')
    .replace(/^c=.*?(\r?)$/gm, 'c=IN IP4 0.0.0.0$1')
}

const CANDIDATE =
  /^(?:a=)?candidate:[\w+/]{1,32} [12] (?:udp|tcp) \d{1,10} (\S{1,64}) (\d{1,5}) typ (?:host|srflx|prflx|relay)(?: [\x21-\x7e]+ [\x21-\x7e]+)*$/i

/**
 * True for a candidate (RFC 8839) with a numeric address that one may send to: names would make us ask DNS for a stranger,
 * multicast and the unspecified address never answer, and this machine's own loopback is for tests (`loopback`).
 */
export function isUsableCandidate(candidate: string, mid: string, loopback: boolean): boolean {
  if (candidate.length > MAX_CANDIDATE_CHARACTERS || mid.length > MAX_MID_CHARACTERS || !/^\w+$/.test(mid)) return false
  const [, address = '', port = ''] = CANDIDATE.exec(candidate) ?? []
  if (Number(port) < 1 || Number(port) > 65_535) return false
  const family = isIP(address)
  if (family === 0 || isUnreachable(address.toLowerCase(), family)) return false
  return loopback || !isLoopback(address)
}

/** The address of a host candidate; undefined for any other. */
export function hostAddress(candidate: string): string | undefined {
  return / typ host(?: |$)/i.test(candidate) ? CANDIDATE.exec(candidate)?.[1] : undefined
}

function isUnreachable(address: string, family: number): boolean {
  if (family === 6) return /^(0*:)+0*$/.test(address) || address.startsWith('ff')
  const first = Number(address.split('.', 1)[0])
  return first === 0 || first >= 224
}

/** Addresses of this machine itself, an IPv4 one inside IPv6 included. */
export function isLoopback(address: string): boolean {
  return isIP(address) === 4
    ? address.startsWith('127.')
    : /^(0*:)+(0*1|(ffff:)?(127\..*|7f[\da-f]{2}:[\da-f]{1,4}))$/i.test(address)
}
