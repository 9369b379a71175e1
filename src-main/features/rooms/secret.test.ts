import { describe, expect, test } from 'vitest'
import { Secret, systemRandom, utf8 } from '../../base/index.ts'
import { issueCertificate, sealingPublicKey, signingKeyFromSeed } from '../../crypto/index.ts'
import { MAX_MEMO_BYTES, ROOM_MAGIC } from '../../wire/index.ts'
import { roomId, RoomKeys, stretchSecret } from './keys.ts'
import { newSecret, readSecret, roomLink } from './secret.ts'
import { makeTicket, newTag, readTicket } from './tickets.ts'

describe('secrets and links', () => {
  test('a link holds any secret and title, and typing differences do not matter', () => {
    for (const secret of [
      'correct horse battery',
      'größe & 100%?title=x#y/z',
      '部屋の秘密の言葉です',
      newSecret(systemRandom),
    ]) {
      const canonical = readSecret(secret).secret
      expect(readSecret(roomLink(canonical, 'Hütte / 2'))).toEqual({ secret: canonical, title: 'Hütte / 2' })
    }
    expect(readSecret('  Correct \t HORSE\nbattery ').secret).toBe('correct horse battery')
    expect(readSecret('parley://room/correct%20horse%20battery')).toEqual({
      secret: 'correct horse battery',
      title: undefined,
    })
  })

  test('a new secret has 128 bits in 26 legible characters, and 4 to check them', () => {
    const secret = newSecret({ bytes: () => new Uint8Array(16).fill(255), float: () => 0 })
    expect(secret).toBe('7zzzz-zzzzz-zzzzz-zzzzz-zzzzz-z9619')
    expect(new Set(Array.from({ length: 100 }, () => newSecret(systemRandom))).size).toBe(100)
  })

  test('a mistyped code is told, in whichever form it is written; a well typed one is one secret', () => {
    const typo = expect.objectContaining({ code: 'invalid_params', reason: 'room_secret_typo' })
    const code = '04106-10410-61041-06104-10610-4zzzz'
    expect(() => readSecret(code)).toThrow(typo)
    for (let round = 0; round < 20; round++) {
      const secret = newSecret(systemRandom)
      for (const same of [
        secret.toUpperCase(),
        secret.replaceAll('-', ' '),
        secret.replaceAll('-', ''),
        ` ${secret}\n`,
      ])
        expect(readSecret(same).secret).toBe(secret)
      expect(readSecret(secret.replaceAll('0', 'O').replaceAll('1', 'l')).secret).toBe(secret)
      if (secret.replace(/\D/g, '').length < 5) continue
      for (const at of [0, 7, 34]) {
        const other = secret[at] === 'x' ? 'y' : 'x'
        const wrong = secret.slice(0, at) + other + secret.slice(at + 1)
        expect(() => readSecret(wrong)).toThrow(typo)
        expect(() => readSecret(roomLink(wrong, 'Hut'))).toThrow(typo)
        expect(() => readSecret(secret.slice(0, at) + secret.slice(at + 1))).toThrow(typo)
      }
    }
  })

  test.each([
    'house table chair apple mouse green',
    'correct-horse-battery-staple-2026',
    'correcthorsebatterystaple12345',
  ])('%j is a secret that people may choose', (secret) => expect(readSecret(secret).secret).toBe(secret))

  test.each([
    ...[
      'iota:0x12345678',
      'https://example.org/room',
      'parley:pay?to=0x1',
      `0x${'ab'.repeat(32)}`,
      'wss://example.org',
    ],
    ...['parley:room/https%3A%2F%2Fexample.org', `parley:room/0x${'AB'.repeat(32)}`],
  ])('%j is an address or link, and no secret', (input) => {
    expect(() => readSecret(input)).toThrow(expect.objectContaining({ code: 'invalid_params' }))
  })

  test.each(['parley:room/%', 'parley:room/', 'parley:0x12', 'parley:room/abc', 'short', '        '])(
    '%j is refused',
    (input) => {
      expect(() => readSecret(input)).toThrow(expect.objectContaining({ code: 'invalid_params' }))
    },
  )
})

describe('keys of a room', async () => {
  const root = await stretchSecret('correct horse battery')
  const keys = new RoomKeys(root, '2304aa97')

  test('known values: everybody with the secret comes to the same room', () => {
    expect(roomId(root)).toBe('0x2cce5c039a917bc4a7831105ceef244f3c5f8719447fc3732e14c02c1a4805fd')
    expect(keys.rendezvous(29_000_000)).toBe('0xfda739fcd9f3ba3704db16dd325c98f654adedbbb98615a2d0f34cea61d3dd23')
  })

  test('another window, network or secret is another address', async () => {
    const others = [
      keys.rendezvous(29_000_001),
      new RoomKeys(root, '2304aa98').rendezvous(29_000_000),
      new RoomKeys(await stretchSecret('correct horse batterx'), '2304aa97').rendezvous(29_000_000),
    ]
    expect(new Set([...others, keys.rendezvous(29_000_000)]).size).toBe(4)
  })

  test('a record opens in its window only; junk of any kind is nothing', () => {
    const memo = keys.seal(7, utf8('hello'), systemRandom)
    expect(keys.open(7, memo)).toEqual(utf8('hello'))
    expect(keys.open(8, memo)).toBeUndefined()
    for (let at = 0; at < memo.length; at++) expect(keys.open(7, memo.with(at, (memo[at] ?? 0) ^ 1))).toBeUndefined()
    for (const length of [0, 5, 29, 45, MAX_MEMO_BYTES + 1])
      expect(keys.open(7, new Uint8Array([...ROOM_MAGIC, ...new Uint8Array(length)]))).toBeUndefined()
  })

  describe('tickets', () => {
    const seed = (value: number) => new Secret(new Uint8Array(32).fill(value))
    const deviceKey = signingKeyFromSeed(seed(1))
    const now = 1_800_000_000_000
    const certificate = issueCertificate(signingKeyFromSeed(seed(2)), {
      devicePublicKey: deviceKey.publicKey,
      sealingKey: sealingPublicKey(seed(3)),
      ...{ label: 'test', issuedAt: now - 1000, expiresAt: now + 1e9 },
    })
    const sealer = { certificate, deviceKey, sealingKey: seed(3), chain: '2304aa97' }
    const room = roomId(root)
    const fields = { room, name: ' Alice\u202e ', tag: newTag(systemRandom), keyPackage: utf8('package'), now }
    const bytes = makeTicket(keys, sealer, fields)

    test('a ticket tells who its device is, and any changed bit is noticed', () => {
      expect(readTicket(bytes, keys, room, sealer.chain, now)).toMatchObject({
        ...{
          device: certificate.deviceId,
          address: certificate.addressText,
          name: 'Alice',
          tag: fields.tag,
          issuedAt: now,
        },
      })
      for (let at = 0; at < bytes.length; at++)
        expect(() => readTicket(bytes.with(at, (bytes[at] ?? 0) ^ 1), keys, room, sealer.chain, now)).toThrow(
          expect.objectContaining({ name: 'ParleyError' }),
        )
    })

    test('of another room, network, secret or time it is refused', async () => {
      const foreign = new RoomKeys(await stretchSecret('another secret'), '2304aa97')
      const code = (read: () => unknown) => {
        try {
          return void read()
        } catch (error) {
          return (error as { code: string }).code
        }
      }
      expect(code(() => readTicket(bytes, foreign, room, sealer.chain, now))).toBe('unauthorized')
      expect(code(() => readTicket(bytes, keys, `0x${'1'.repeat(64)}`, sealer.chain, now))).toBe('unauthorized')
      expect(code(() => readTicket(bytes, keys, room, 'other', now))).toBe('bad_signature')
      expect(code(() => readTicket(bytes, keys, room, sealer.chain, now - 600_000))).toBe('expired')
      expect(code(() => readTicket(bytes, keys, room, sealer.chain, now + 2e9))).toBe('expired')
    })
  })
})
