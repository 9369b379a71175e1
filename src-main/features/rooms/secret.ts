import { createHash } from 'node:crypto'
import type { Random } from '../../base/index.ts'
import { oneLine, ParleyError } from '../../contract/index.ts'

/** Crockford's base 32: no letter that is taken for another. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const SECRET_BYTES = 16
const DIGITS_OF_SECRET = 26
/** 20 bits: of a million mistyped codes one is not noticed. */
const DIGITS_OF_CHECK = 4
const GROUP = 5
const GROUPS = (DIGITS_OF_SECRET + DIGITS_OF_CHECK) / GROUP
const MAX_TITLE = 64
const LINK = /^parley:(?:\/\/)?room\/([^?#]+)(?:\?title=([^&#]*))?$/i

/** Six groups of about five with digits among them: words that people choose do not look like this. */
const LIKE_CODE = new RegExp(`^(?=(?:.*\\d){2})[a-z\\d]{4,6}(?:[- ][a-z\\d]{4,6}){${GROUPS - 1}}$`)
/** What is pasted by mistake; a room that everybody could guess from it would cost money and protect nothing. */
const NO_SECRET = /^(?:iota:|parley:|[a-z]+:\/\/|0x[\da-f]{64}$)/

/**
 * A new secret of 128 bits, as people can read it out: 26 letters and digits, and 4 more that tell a mistyped one, because each
 * secret is some room and nothing else would notice.
 */
export function newSecret(random: Random): string {
  let bits = BigInt(`0x${Buffer.from(random.bytes(SECRET_BYTES)).toString('hex')}`)
  let digits = ''
  for (let count = 0; count < DIGITS_OF_SECRET; count++) {
    digits = `${DIGITS[Number(bits & 31n)]}${digits}`
    bits >>= 5n
  }
  return grouped(digits + checkOf(digits))
}

function grouped(digits: string): string {
  return (digits.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []).join('-')
}

function checkOf(digits: string): string {
  const hash = createHash('sha256').update(`parley room secret ${digits}`).digest()
  return Array.from(hash.subarray(0, DIGITS_OF_CHECK), (byte) => DIGITS[byte & 31]).join('')
}

/** A code that `newSecret` made, with the letters that are taken for digits read as those, or undefined. */
function asCode(secret: string): string | undefined {
  const digits = secret.replace(/[- ]/g, '').replaceAll('o', '0').replace(/[il]/g, '1')
  if (digits.length !== GROUPS * GROUP) return undefined
  const code = digits.slice(0, DIGITS_OF_SECRET)
  return checkOf(code) === digits.slice(DIGITS_OF_SECRET) ? grouped(digits) : undefined
}

function checked(secret: string): string {
  if (secret.length < 8)
    throw new ParleyError('invalid_params', 'A secret has at least 8 characters.', { reason: 'room_secret' })
  if (NO_SECRET.test(secret))
    throw new ParleyError('invalid_params', 'An address or link is no secret of a room.', { reason: 'room_secret' })
  const code = asCode(secret)
  if (code === undefined && LIKE_CODE.test(secret))
    throw new ParleyError('invalid_params', 'This code has a typing mistake.', { reason: 'room_secret_typo' })
  return code ?? secret
}

/** `parley:room/SECRET?title=TITLE`, both percent-encoded; who has it is in the room. */
export function roomLink(secret: string, title: string): string {
  return `parley:room/${encodeURIComponent(secret)}?title=${encodeURIComponent(title)}`
}

/**
 * The secret that a person typed, or that a link holds. The same words with other spaces, in other Unicode forms or case are the
 * same secret, because people tell each other secrets by voice. Throws `invalid_params`: `room_link`, `room_secret`, or
 * `room_secret_typo` for a code that `newSecret` cannot have made.
 */
export function readSecret(input: string): { secret: string; title: string | undefined } {
  const link = LINK.exec(input.trim())
  if (!link && /^parley:/i.test(input.trim()))
    throw new ParleyError('invalid_params', 'This link leads to no room.', { reason: 'room_link' })
  try {
    const text = link ? decodeURIComponent(link[1] ?? '') : input
    const title = oneLine(decodeURIComponent(link?.[2] ?? ''), MAX_TITLE)
    const secret = text.toWellFormed().normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
    return { secret: checked(secret), title: title || undefined }
  } catch (cause) {
    if (cause instanceof ParleyError) throw cause
    throw new ParleyError('invalid_params', 'This link is damaged.', { reason: 'room_link', cause })
  }
}
