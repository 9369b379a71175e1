import { readFileSync } from 'node:fs'
import type { BcsType } from '@iota/bcs'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../base/index.ts'
import {
  ConversationEvent,
  decodeStrict,
  DeviceCertificateBody,
  DeviceRevocationBody,
  encode,
  Envelope,
  hash256,
  KeyPackageClaim,
  KeyUpdateEntry,
  LedgerCardBody,
  PresencePacketBody,
  RoomMessage,
  RoomRecord,
  RoomTicketBody,
  SealedPayload,
  SealedPayloadBody,
  Signal,
  SignedDeviceCertificate,
  SignedDeviceRevocation,
  SignedKeyPackage,
  SignedLedgerCard,
  signingDigest,
  SignedPresence,
  SignedRoomTicket,
} from './index.ts'

const fill = (length: number, value: number) => new Uint8Array(length).fill(value)
const id = fill(16, 0x11)
const clock = { time: 1_800_000_000_123, count: 7 }

const certificate = {
  address: fill(32, 1),
  walletPublicKey: fill(32, 2),
  devicePublicKey: fill(32, 3),
  sealingKey: fill(32, 4),
  label: 'laptop',
  issuedAt: 1_800_000_000_000,
  expiresAt: 1_831_536_000_000,
}
const revocation = {
  address: fill(32, 1),
  walletPublicKey: fill(32, 2),
  devicePublicKey: fill(32, 3),
  revokedAt: 1_800_000_000_000,
}
const presence = {
  certificate: fill(5, 5),
  issuedAt: 1_800_000_000_000,
  ttl: 300_000,
  sequence: 42n,
  homeNodes: [fill(32, 6)],
  endpoints: [],
  capabilities: 1,
  goodbye: false,
}
const group = { Group: { groupId: fill(32, 8), message: fill(4, 9) } }
const sealed = { Sealed: { enc: fill(32, 10), ciphertext: fill(6, 11) } }
const payload = { certificate: fill(5, 5), recipient: fill(32, 12), sentAt: 1_800_000_000_000 }

const room = fill(32, 14)
const roomTicket = {
  room,
  certificate: fill(5, 5),
  keyPackage: fill(7, 6),
  name: 'Alice',
  tag: fill(16, 7),
  issuedAt: 1_800_000_000_000,
}

// One value for each structure and for each variant: a change of any of these bytes is a new version of the wire.
const values: [string, unknown, unknown][] = [
  ['DeviceCertificate', DeviceCertificateBody, { V1: certificate }],
  ['SignedDeviceCertificate', SignedDeviceCertificate, { body: fill(3, 1), signature: fill(64, 2) }],
  ['DeviceRevocation', DeviceRevocationBody, { V1: revocation }],
  ['SignedDeviceRevocation', SignedDeviceRevocation, { body: fill(3, 1), signature: fill(64, 2) }],
  ['PresencePacket', PresencePacketBody, { V1: presence }],
  ['SignedPresence', SignedPresence, { body: fill(3, 1), signature: fill(64, 2) }],
  ['Envelope.Group', Envelope, { V1: { id, from: fill(32, 7), sentAt: 1_800_000_000_000, body: group } }],
  ['Envelope.Sealed', Envelope, { V1: { id, from: fill(32, 7), sentAt: 1_800_000_000_000, body: sealed } }],
  [
    'KeyPackageClaim',
    KeyPackageClaim,
    { address: `0x${'01'.repeat(32)}`, device: '03'.repeat(32), version: 1_800_000_000_000, digest: fill(32, 4) },
  ],
  ['SignedKeyPackage', SignedKeyPackage, { keyPackage: fill(7, 6), version: 0, signature: fill(64, 2) }],
  ['KeyUpdateEntry', KeyUpdateEntry, { V1: { senderData: fill(3, 1), ciphertext: fill(4, 2) } }],
  [
    'SealedPayload.ContactRequest',
    SealedPayloadBody,
    { V1: { ...payload, content: { ContactRequest: { name: 'Alice', note: 'Hi' } } } },
  ],
  [
    'SealedPayload.ContactAccept',
    SealedPayloadBody,
    { V1: { ...payload, content: { ContactAccept: { name: 'Bob', welcome: fill(3, 1), generation: 2 } } } },
  ],
  [
    'SealedPayload.Welcome',
    SealedPayloadBody,
    { V1: { ...payload, content: { Welcome: { welcome: fill(3, 1), generation: 2 } } } },
  ],
  [
    'SealedPayload.OwnWelcome',
    SealedPayloadBody,
    {
      V1: {
        ...payload,
        content: {
          OwnWelcome: { contact: fill(32, 13), name: 'Bob', theirName: 'B.', welcome: fill(3, 1), generation: 2 },
        },
      },
    },
  ],
  ['SealedPayload.Signal', SealedPayloadBody, { V1: { ...payload, content: { Signal: fill(3, 1) } } }],
  [
    'SealedPayload.ResyncRequest',
    SealedPayloadBody,
    { V1: { ...payload, content: { ResyncRequest: { reason: 'unreadable' } } } },
  ],
  ['SignedSealedPayload', SealedPayload, { body: fill(3, 1), signature: fill(64, 2) }],
  ['ConversationEvent.Text', ConversationEvent, { V1: { id, clock, body: { Text: { text: 'Grüße 👋' } } } }],
  ['ConversationEvent.Delivered', ConversationEvent, { V1: { id, clock, body: { Delivered: { messages: [id] } } } }],
  ['ConversationEvent.Read', ConversationEvent, { V1: { id, clock, body: { Read: { upTo: id } } } }],
  ['RoomTicket', RoomTicketBody, { V1: roomTicket }],
  ['SignedRoomTicket', SignedRoomTicket, { body: fill(3, 1), signature: fill(64, 2), proof: fill(32, 3) }],
  ['RoomRecord.Ticket', RoomRecord, { Ticket: fill(3, 1) }],
  ['RoomRecord.Letter', RoomRecord, { Letter: { recipient: fill(32, 3), envelope: fill(3, 1) } }],
  ['RoomMessage.Hello', RoomMessage, { room, body: { Hello: { ticket: fill(3, 1), session: fill(32, 8) } } }],
  ['RoomMessage.Introduce', RoomMessage, { room, body: { Introduce: { ticket: fill(3, 1) } } }],
  ['RoomMessage.Forward', RoomMessage, { room, body: { Forward: { recipient: fill(32, 3), envelope: fill(3, 1) } } }],
  ['RoomMessage.Welcome', RoomMessage, { room, body: { Welcome: { welcome: fill(3, 1) } } }],
  ['RoomMessage.Renew', RoomMessage, { room, body: { Renew: true } }],
  ['RoomMessage.Leave', RoomMessage, { room, body: { Leave: true } }],
  ['SealedPayload.Room', SealedPayloadBody, { V1: { ...payload, content: { Room: fill(3, 1) } } }],
  [
    'ConversationEvent.Room.Text',
    ConversationEvent,
    { V1: { id, clock, body: { Room: { room, body: { Text: { text: 'Grüße' } } } } } },
  ],
  [
    'ConversationEvent.Room.Delivered',
    ConversationEvent,
    { V1: { id, clock, body: { Room: { room, body: { Delivered: { messages: [id] } } } } } },
  ],
]

const description = {
  setup: { Actpass: true },
  ufrag: 'abcd',
  pwd: 'p'.repeat(22),
  fingerprint: fill(32, 13),
  sctpPort: 5000,
  maxMessageSize: 262_144,
}
const candidates = [
  { kind: { Host: true }, priority: 2_122_317_823, address: { V4: [192, 0, 2, 1] }, port: 50_000 },
  { kind: { Srflx: true }, priority: 1, address: { V6: Array.from(fill(16, 14)) }, port: 1 },
]
const card = { certificate: fill(5, 5), issuedAt: 1_800_000_000_000, keyPackage: fill(7, 15) }
const whole = (body: object) => ({ V1: { session: id, body } })
values.push(
  ['LedgerCard', LedgerCardBody, { V1: card }],
  ['SignedLedgerCard', SignedLedgerCard, { body: fill(3, 1), signature: fill(64, 2) }],
  ['Signal.WholeOffer', Signal, whole({ WholeOffer: { description, candidates, replaces: fill(16, 16) } })],
  ['Signal.WholeAnswer', Signal, whole({ WholeAnswer: { description, candidates } })],
  [
    'ConversationEvent.PaymentRequest',
    ConversationEvent,
    { V1: { id, clock, body: { PaymentRequest: { requestId: fill(16, 2), nanos: 1_500_000_000n, note: 'Lunch' } } } },
  ],
  [
    'ConversationEvent.PaymentAnswer.Paid',
    ConversationEvent,
    {
      V1: {
        id,
        clock,
        body: { PaymentAnswer: { requestId: fill(16, 2), outcome: { Paid: { digest: fill(32, 3) } } } },
      },
    },
  ],
  [
    'ConversationEvent.PaymentAnswer.Declined',
    ConversationEvent,
    { V1: { id, clock, body: { PaymentAnswer: { requestId: fill(16, 2), outcome: { Declined: true } } } } },
  ],
  [
    'ConversationEvent.PaymentAnswer.Cancelled',
    ConversationEvent,
    { V1: { id, clock, body: { PaymentAnswer: { requestId: fill(16, 2), outcome: { Cancelled: true } } } } },
  ],
)

const known = JSON.parse(readFileSync(new URL('./vectors/wire-1.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>

describe('known bytes of version 1', () => {
  test.each(values)('%s', (name, type, value) => {
    const codec = type as BcsType<unknown, unknown>
    expect(toHex(encode(codec, value, 1 << 16))).toBe(known[name])
    const bytes = fromHex(known[name] as string)
    expect(toHex(encode(codec, decodeStrict(codec, bytes, name, 1 << 16), 1 << 16))).toBe(known[name])
  })

  test('every vector has its structure', () => {
    const names = Object.keys(known).filter((name) => !/^digest/.test(name))
    expect(names.toSorted()).toEqual(values.map(([name]) => name).toSorted())
  })

  test('what is signed: hash of domain, chain and bytes, each length-prefixed', () => {
    expect(toHex(signingDigest('parley/presence/1', '2304aa97', fill(3, 1)))).toBe(known['digest parley/presence/1'])
    expect(toHex(hash256(fill(3, 1)))).toBe(known['digest plain'])
  })
})

describe('bytes from outside', () => {
  test.each(values)('%s: truncated, extended or of a future version is a typed error', (name, type, value) => {
    const codec = type as BcsType<unknown, unknown>
    const bytes = encode(codec, value, 1 << 16)
    const read = (input: Uint8Array) => () => decodeStrict(codec, input, name, 1 << 16)
    for (let end = 0; end < bytes.length; end++)
      expect(read(bytes.slice(0, end))).toThrow(expect.objectContaining({ name: 'ParleyError' }))
    expect(read(Uint8Array.of(...bytes, 0))).toThrow(expect.objectContaining({ code: 'invalid_params' }))
    expect(() => decodeStrict(codec, bytes, name, bytes.length - 1)).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    )
    if (typeof value === 'object' && value !== null && 'V1' in value)
      expect(read(bytes.with(0, 9))).toThrow(expect.objectContaining({ code: 'unsupported_version' }))
  })

  test('100,000 random byte strings: always a value or a ParleyError', () => {
    let seed = 1
    const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0)
    for (let round = 0; round < 100_000; round++) {
      const bytes = new Uint8Array(random() % 96).map(() => random() >>> 24)
      const [name, type] = values[round % values.length] as [string, BcsType<unknown, unknown>, unknown]
      try {
        decodeStrict(type, bytes, name, 1 << 16)
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'ParleyError') throw error
      }
    }
  })
})
