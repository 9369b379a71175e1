import { toHex } from '../base/index.ts'
import {
  type CompactCandidateValue,
  type CompactDescriptionValue,
  type IceCandidateValue,
  MAX_WHOLE_CANDIDATES,
} from '../wire/index.ts'

/** RFC 8839: what ice-ufrag and ice-pwd may have; anything else could bring lines of its own into a description. */
const ICE_CHARACTERS = /^[\w+/]{4,256}$/
const MEDIA_ID = '0'
const SETUPS = { Actpass: 'actpass', Active: 'active', Passive: 'passive' } as const
const KINDS = { Host: 'host', Srflx: 'srflx', Prflx: 'prflx', Relay: 'relay' } as const
interface WholeSignal {
  description: CompactDescriptionValue
  candidates: readonly CompactCandidateValue[]
  replaces?: Uint8Array | null
}
type Setup = keyof typeof SETUPS
type Kind = keyof typeof KINDS

/** What differs between data-channel descriptions; undefined where one is not of our own stack's form. */
export function compact(sdp: string): CompactDescriptionValue | undefined {
  const attribute = (name: string) => new RegExp(`^a=${name}:(\\S+)\\r?$`, 'm').exec(sdp)?.[1]
  const fingerprint = /^a=fingerprint:sha-256 ([0-9A-F:]{95})\r?$/im.exec(sdp)?.[1]
  const setup = (Object.keys(SETUPS) as Setup[]).find((name) => SETUPS[name] === attribute('setup'))
  const [ufrag, pwd, port, size] = ['ice-ufrag', 'ice-pwd', 'sctp-port', 'max-message-size'].map(attribute)
  if (!fingerprint || !setup || !ufrag || !pwd || !port || !size || attribute('mid') !== MEDIA_ID) return undefined
  return {
    setup: only(setup),
    ufrag,
    pwd,
    fingerprint: new Uint8Array(Buffer.from(fingerprint.replaceAll(':', ''), 'hex')),
    sctpPort: Number(port),
    maxMessageSize: Number(size),
  }
}

/** A description for the native stack (RFC 8841); undefined where the fields could not have come from one. */
function expand(compacted: CompactDescriptionValue): string | undefined {
  const { setup, ufrag, pwd, fingerprint, sctpPort, maxMessageSize } = compacted
  if (!ICE_CHARACTERS.test(ufrag) || !ICE_CHARACTERS.test(pwd)) return undefined
  const digits = toHex(fingerprint).toUpperCase()
  const lines = [
    'v=0',
    'o=rtc 1 0 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${MEDIA_ID}`,
    'a=msid-semantic:WMS *',
    'a=ice-options:ice2,trickle',
    `a=fingerprint:sha-256 ${digits.match(/../g)?.join(':')}`,
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    `a=mid:${MEDIA_ID}`,
    'a=sendrecv',
    `a=sctp-port:${sctpPort}`,
    `a=max-message-size:${maxMessageSize}`,
    `a=setup:${SETUPS[nameOf(setup)]}`,
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
  ]
  return `${lines.join('\r\n')}\r\n`
}

/** A whole signal of the other in the form of the native stack; what cannot be right is empty, and refused as such. */
export function readWhole({ description, candidates, replaces }: WholeSignal) {
  const whole = { whole: true, offer: expand(description) ?? '', candidates: expandCandidates(candidates) }
  return replaces ? { ...whole, replaces } : whole
}

const CANDIDATE = /^(?:a=)?candidate:\S+ 1 udp (\d{1,10}) (\S+) (\d{1,5}) typ (host|srflx|prflx|relay)/i

/** The best candidates over UDP, as many as one record has room for; names and TCP are left out. */
export function compactCandidates(all: readonly IceCandidateValue[]): CompactCandidateValue[] {
  return all
    .flatMap((each) => compactCandidate(each) ?? [])
    .sort((a, b) => b.priority - a.priority)
    .slice(0, MAX_WHOLE_CANDIDATES)
}

function compactCandidate({ candidate }: IceCandidateValue): CompactCandidateValue | undefined {
  const [, priority, text = '', port, type] = CANDIDATE.exec(candidate) ?? []
  const address = addressBytes(text)
  const kind = (Object.keys(KINDS) as Kind[]).find((name) => KINDS[name] === type?.toLowerCase())
  if (!address || !kind || Number(priority) > 0xffff_ffff || Number(port) > 0xffff) return undefined
  return { kind: only(kind), priority: Number(priority), address, port: Number(port) }
}

function expandCandidates(all: readonly CompactCandidateValue[]): IceCandidateValue[] {
  return all.map(({ kind, priority, address, port }, index) => ({
    candidate: `candidate:${index + 1} 1 UDP ${priority} ${addressText(address)} ${port} typ ${KINDS[nameOf(kind)]}`,
    mid: MEDIA_ID,
  }))
}

function addressBytes(text: string): CompactCandidateValue['address'] | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return { V4: text.split('.').map(Number) }
  if (!/^[\da-f:]+$/i.test(text) || !URL.canParse(`http://[${text}]`)) return undefined
  // The URL parser gives the shortest form, in which one run of zeros is "::".
  const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::')
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)))
  const [before, after] = [words(head), words(tail ?? '')]
  const zeros = new Array<number>(8 - before.length - after.length).fill(0)
  return { V6: [...before, ...zeros, ...after].flatMap((word) => [word >> 8, word & 0xff]) }
}

function addressText(address: CompactCandidateValue['address']): string {
  if ('V4' in address && address.V4) return [...address.V4].join('.')
  const bytes = 'V6' in address && address.V6 ? [...address.V6] : []
  const words = bytes.flatMap((byte, at) => (at % 2 ? [] : [((byte << 8) | (bytes[at + 1] ?? 0)).toString(16)]))
  return words.join(':')
}

/** A BCS enum of names without values. */
function only<Name extends string>(name: Name) {
  return { [name]: true } as { [K in Name]: { [P in K]: true } }[Name]
}

function nameOf<Name extends string>(value: { [K in Name]?: unknown } | object): Name {
  return Object.keys(value).find((key) => key !== '$kind') as Name
}
