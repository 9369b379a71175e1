import { readFile } from 'node:fs/promises'
import { SecretText } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { IceOptions } from '../../overlay/index.ts'
import { parseListen } from './listen.ts'

export interface IceArgs {
  /** `host:port` where the node answers STUN over UDP. */
  stun?: string
  /** `turn:host:port`, also with `?transport=udp`: devices use TURN over UDP alone. */
  turnUrls?: readonly string[]
  turnSecret?: SecretText
  /** The secret is the first line of this file. */
  turnSecretFile?: string
}

/** RFC 7065 as far as it is over UDP, with a host name, an IPv4 address or an IPv6 one in brackets. */
const TURN_URL = /^turn:(\[[\da-f:]+\]|[a-z\d]([a-z\d.-]{0,250}[a-z\d])?)(:\d{1,5})?(\?transport=udp)?$/i
/** TURN over TCP or TLS: the native library of devices speaks neither (see peer/servers.ts). */
const OVER_TCP = /^turns:|\?transport=tcp$/i
const MAX_TURN_URLS = 4
/** The key of an HMAC that half the Internet can ask for samples of. */
const MIN_SECRET_CHARACTERS = 16

/** Undefined where nothing is offered. Throws `invalid_params`, or `not_found` for a file that cannot be read. */
export async function readIce(args: IceArgs): Promise<IceOptions | undefined> {
  const urls = args.turnUrls ?? []
  const secret = await readSecret(args)
  if (urls.length > 0 !== (secret !== undefined))
    throw new ParleyError(
      'invalid_params',
      'A TURN server needs both: --turn-url, and its secret by --turn-secret-file or PARLEY_TURN_SECRET.',
    )
  if (urls.length > MAX_TURN_URLS)
    throw new ParleyError('invalid_params', `At most ${MAX_TURN_URLS} TURN servers can be named.`)
  for (const url of urls) requireTurnUrl(url)
  if (args.stun === undefined && !secret) return undefined
  return {
    ...(args.stun !== undefined && { stun: parseListen('--stun', args.stun) }),
    ...(secret && { turn: { urls, secret } }),
  }
}

function requireTurnUrl(url: string): void {
  if (OVER_TCP.test(url))
    throw new ParleyError(
      'invalid_params',
      'Devices use TURN over UDP alone: turns: and ?transport=tcp would never be used. Give turn:host:port.',
    )
  if (!TURN_URL.test(url)) throw new ParleyError('invalid_params', 'A TURN server is given as turn:host:port.')
}

async function readSecret({ turnSecret, turnSecretFile }: IceArgs): Promise<SecretText | undefined> {
  if (turnSecretFile === undefined) return turnSecret && checked(turnSecret.use())
  try {
    return checked((await readFile(turnSecretFile, 'utf8')).split(/\r?\n/, 1)[0] ?? '')
  } catch (cause) {
    if (cause instanceof ParleyError) throw cause
    throw new ParleyError('not_found', 'The file with the TURN secret cannot be read.', { cause })
  }
}

function checked(secret: string): SecretText {
  if (secret.trim() === secret && secret.length >= MIN_SECRET_CHARACTERS) return new SecretText(secret)
  throw new ParleyError(
    'invalid_params',
    `The TURN secret has at least ${MIN_SECRET_CHARACTERS} characters and no space around it.`,
  )
}
