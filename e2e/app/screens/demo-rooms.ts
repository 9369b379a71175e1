import type { Message, MethodResult, PaymentRequest, Room } from '../../../src-main/contract/index.ts'
import { me, message, messageId, people, person } from './demo-data.ts'
import { LUNCH_DIGEST } from './demo-wallet.ts'

const MINUTE = 60_000

type Asked = Pick<PaymentRequest, 'nanos' | 'state'> & { note?: string | undefined; digest?: string }

/** A payment request as one message of a conversation. */
export function requestCard(chat: string, index: number, outgoing: boolean, asked: Asked, at: number): Message {
  const { text: _, ...base } = message(chat, index, outgoing, '', at, 'read')
  const { note, ...rest } = asked
  const payment = { requestId: messageId(index), ...rest, ...(note === undefined ? {} : { note }) }
  return { ...base, payment }
}

/** Cards in every state, both ways. */
export function requestCards(now: number): Message[] {
  const states = ['paid', 'declined', 'cancelled', 'paying', 'open'] as const
  const yesterday = now - 25 * 60 * MINUTE
  return [
    ...states.flatMap((state, index) => [
      requestCard(
        people.paula,
        4_000_000 + index * 2,
        false,
        {
          nanos: 4_500_000_000n,
          state,
          note: 'Lunch on Friday',
          ...(state === 'paid' ? { digest: LUNCH_DIGEST } : {}),
        },
        yesterday + index * 9 * MINUTE,
      ),
      requestCard(
        people.paula,
        4_000_001 + index * 2,
        true,
        { nanos: 9_007_199_254_740_993n, state },
        yesterday + (index * 9 + 4) * MINUTE,
      ),
    ]),
    message(people.paula, 4_000_100, false, 'No hurry with that', yesterday + 50 * MINUTE, 'read'),
  ]
}

const NO_FEE = { burned: 0n, deposit: 0n, relay: 0n }

export function room(id: string, title: string, state: Room['state'], now: number): Room {
  return {
    id,
    title,
    link: `parley:room/${id.slice(2, 42)}`,
    state,
    members: [],
    spent: NO_FEE,
    joinedAt: now - 3000 * MINUTE,
  }
}

/** A room in each state. */
export function rooms(now: number): Room[] {
  const member = (name: string, address: string, path: Room['members'][number]['path'], rttMs?: number) => ({
    address,
    deviceId: address.slice(2),
    name,
    path,
    ...(rttMs === undefined ? {} : { rttMs }),
  })
  const open = room(person('Hut room'), 'Mountain hut crew', 'open', now)
  const paused = room(person('Paused room'), 'Reading circle', 'paused', now)
  return [
    {
      ...open,
      spent: { burned: 9_600_000n, deposit: 4_800_000n, relay: 0n },
      members: [
        member('Bob', people.bob, 'direct', 12),
        member('Ines', person('Ines'), 'direct', 31),
        member('Somebody with a name as long as names can be, which is sixty', person('Long member'), 'ledger'),
      ],
    },
    room(person('Joining room'), 'Choir', 'joining', now),
    { ...paused, reason: 'payment_required' },
  ]
}

export function roomChat({ id }: Room, now: number): Message[] {
  const ines = person('Ines')
  const start = now - 2 * 24 * 60 * MINUTE
  const said = (index: number, author: string, authorName: string, text: string): Message => ({
    ...message(id, 5_000_000 + index, author === me.address, text, start + index * 2 * MINUTE, 'read'),
    author,
    authorName,
  })
  return [
    said(0, ines, 'Ines', 'The key is under the third stone.'),
    said(1, ines, 'Ines', 'And there is wood for two nights.'),
    said(2, people.bob, 'Bob', 'I bring the soup. Who brings bread?'),
    said(3, me.address, 'Alice', 'Me.'),
    said(4, ines, 'Ines', 'See you on Friday then'),
  ]
}

export function devices(): MethodResult<'identity.devices'>['devices'] {
  return [
    { deviceId: 'a'.repeat(64), label: 'Laptop', thisDevice: true, online: true, revoked: false },
    { deviceId: 'b'.repeat(64), label: 'Office computer', thisDevice: false, online: true, revoked: false },
    { deviceId: 'c'.repeat(64), label: 'Lost phone', thisDevice: false, online: false, revoked: false },
    { deviceId: 'd'.repeat(64), label: 'Old laptop', thisDevice: false, online: false, revoked: true },
  ]
}
