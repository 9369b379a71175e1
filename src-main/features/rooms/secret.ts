import type { Random } from '../../base/index.ts'
import { oneLine, ParleyError } from '../../contract/index.ts'

/** Crockford's base 32: no letter that is taken for another. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const SECRET_BYTES = 16
const GROUP = 5
const MAX_TITLE = 64
const LINK = /^parley:(?:\/\/)?room\/([^?#]+)(?:\?title=([^&#]*))?$/i

/** A new secret of 128 bits, as people can read it out: 26 letters and digits in groups. */
export function newSecret(random: Random): string {
  let bits = BigInt(`0x${Buffer.from(random.bytes(SECRET_BYTES)).toString('hex')}`)
  let digits = ''
  for (let count = 0; count < 26; count++) {
    digits = `${DIGITS[Number(bits & 31n)]}${digits}`
    bits >>= 5n
  }
  return (digits.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []).join('-')
}

/** `parley:room/SECRET?title=TITLE`, both percent-encoded; who has it is in the room. */
export function roomLink(secret: string, title: string): string {
  return `parley:room/${encodeURIComponent(secret)}?title=${encodeURIComponent(title)}`
}

/**
 * The secret that a person typed, or that a link holds. The same words with other spaces, in other Unicode forms or case are the
 * same secret, because people tell each other secrets by voice. Throws `invalid_params`.
 */
export function readSecret(input: string): { secret: string; title: string | undefined } {
  const link = LINK.exec(input.trim())
  if (!link && /^parley:/i.test(input.trim()))
    throw new ParleyError('invalid_params', 'This link leads to no room.', { reason: 'room_link' })
  try {
    const text = link ? decodeURIComponent(link[1] ?? '') : input
    const title = oneLine(decodeURIComponent(link?.[2] ?? ''), MAX_TITLE)
    const secret = text.toWellFormed().normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
    if (secret.length < 8)
      throw new ParleyError('invalid_params', 'A secret has at least 8 characters.', { reason: 'room_secret' })
    return { secret, title: title || undefined }
  } catch (cause) {
    if (cause instanceof ParleyError) throw cause
    throw new ParleyError('invalid_params', 'This link is damaged.', { reason: 'room_link', cause })
  }
}
