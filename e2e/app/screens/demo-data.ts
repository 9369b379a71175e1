import type {
  Chat,
  Contact,
  Message,
  MessageState,
  NetworkName,
  NetworkStatus,
} from '../../../src-main/contract/index.ts'
import { addressOfPublicKey, checksummed } from '../../../src-main/wire/index.ts'

/** Figures and people of the fixture; nothing here is real. */
export const NANOS = 1_000_000_000n
export const person = (name: string) => addressOfPublicKey(new TextEncoder().encode(name.padEnd(32, '.')))
export const me = {
  address: person('Alice'),
  checksummed: checksummed(person('Alice')),
  name: 'Alice',
  deviceId: 'a'.repeat(64),
}
export const people = {
  bob: person('Bob'),
  carla: person('Carla'),
  long: person('Long'),
  stranger: person('Stranger'),
  dora: person('Dora'),
  emil: person('Emil'),
  felix: person('Felix'),
  paula: person('Paula'),
}

const MINUTE = 60_000
const words = 'the hut is warm and there is soup for everybody who comes up before it gets dark tonight'.split(' ')

export function messageId(index: number): string {
  return index.toString(16).padStart(32, '0')
}

/** `count` messages up to `now`, both ways, short and long, over many days, the same each time. */
export function longChat(chat: string, count: number, now: number): Message[] {
  return Array.from({ length: count }, (_, index) => {
    const outgoing = index % 7 < 3
    const length = 3 + ((index * 7919) % 23) * (index % 11 === 0 ? 6 : 1)
    const text = Array.from({ length }, (_, at) => words[(index * 31 + at * 7) % words.length]).join(' ')
    return message(chat, index, outgoing, `${index}: ${text}`, now - (count - index) * 17 * MINUTE, 'read')
  })
}

export function message(
  chat: string,
  index: number,
  outgoing: boolean,
  text: string,
  sentAt: number,
  state: MessageState,
): Message {
  return { id: messageId(index), chat, author: outgoing ? me.address : chat, outgoing, text, sentAt, state }
}

/** A conversation with every state in it. */
export function shortChat(now: number): Message[] {
  const lines: [boolean, string, number, MessageState][] = [
    [false, 'Good morning! Are we still on for the weekend?', 1500, 'read'],
    [true, 'Of course. I have booked the hut: https://example.org/hut?night=2', 1495, 'read'],
    [false, 'Wonderful', 1494, 'read'],
    [false, `My share of it: iota:${people.bob}?nanos=4500000000&note=Hut`, 1493, 'read'],
    [true, 'And everybody is in parley:room/0123456789abcdef0123456789abcdef01234567', 1492, 'read'],
    [false, 'Did the meeting recording come through?', 22, 'read'],
    [true, 'Not yet, the hotel network blocks everything. It went over a relay just fine though.', 19, 'read'],
    [true, 'Coffee is on me next time.', 15, 'delivered'],
    [false, 'Thanks! Sending the recording now', 13, 'read'],
    [true, 'This one is with the relay', 4, 'stored'],
    [true, 'This one could not be sent', 3, 'failed'],
    [true, 'A relay node wants to be paid for this one', 2, 'failed'],
    [true, 'On its way', 1, 'sending'],
  ]
  return lines.map(([outgoing, text, ago, state], index) => {
    const made = message(people.bob, 1_000_000 + index, outgoing, text, now - ago * MINUTE, state)
    if (state !== 'failed') return made
    return { ...made, failure: text.includes('paid') ? 'payment_required' : 'too_large' }
  })
}

export function contacts(now: number): Contact[] {
  const base = { verified: false, online: false, addedAt: now - 40 * 24 * 60 * MINUTE, state: 'accepted' } as const
  return [
    { ...base, address: people.bob, name: 'Bob', online: true, verified: true },
    { ...base, address: people.carla, name: 'Carla', online: true },
    { ...base, address: people.long, name: 'Maximiliane-Friederike von und zu Hohenstein-Oberndorf' },
    { ...base, address: people.paula, name: 'Paula', online: true },
    {
      ...base,
      address: people.stranger,
      name: '',
      theirName: 'Nils',
      note: 'Hello, we met at the mountain hut in October.',
      state: 'incoming',
      addedAt: now - 3 * MINUTE,
    },
    {
      ...base,
      address: people.dora,
      name: 'Dora',
      state: 'requested',
      requestState: 'stored',
      addedAt: now - 30 * MINUTE,
    },
    {
      ...base,
      address: people.emil,
      name: 'Emil',
      state: 'requested',
      requestState: 'sending',
      addedAt: now - 50 * MINUTE,
      postage: {
        nanos: 5_000_000n,
        nodeId: '3'.repeat(64),
        endpoint: 'wss://relay-three.example:4433',
        missing: 5_000_000n,
        agreed: 0n,
      },
    },
    { ...base, address: people.felix, name: 'Felix', state: 'blocked' },
  ]
}

export function chatOf(id: string, messages: readonly Message[], title: string, isRoom: boolean): Chat {
  const last = messages.at(-1)
  const unread = id === people.carla ? 3 : 0
  return { id, kind: isRoom ? 'room' : 'direct', title, unread, ...(last ? { last } : {}) }
}

export function network(now: number, reachable: boolean, network: NetworkName = 'local'): NetworkStatus {
  return {
    ledger: {
      url: network === 'local' ? 'http://127.0.0.1:9000' : `https://${network}.example`,
      network,
      chain: '3f6c0a11',
      state: reachable ? 'reachable' : 'unreachable',
      since: now - 25 * MINUTE,
    },
    links: [
      { endpoint: 'wss://relay-one.example:4433#f00d', state: 'connected', home: true, rttMs: 4.2 },
      { endpoint: 'wss://relay-two.example:4433#beef', state: 'connected', home: true, rttMs: 38 },
      { endpoint: 'wss://relay-three.example:4433#cafe', state: 'waiting', home: false, reason: 'timeout' },
    ],
    peers: [
      { address: people.bob, path: 'direct', rttMs: 12 },
      { address: people.carla, path: 'relay', rttMs: 41 },
      { address: people.paula, path: 'ledger' },
      { address: people.long, path: 'direct', way: 'turn', rttMs: 24, arrangedBy: 'ledger' },
    ],
    signalling: {
      allowed: network === 'local',
      card: 'waiting',
      reason: 'insufficient_funds',
      records: 12,
      spent: { burned: 14_400_000n, deposit: 28_800_000n, relay: 0n },
    },
  }
}
