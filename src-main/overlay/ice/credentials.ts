import { createHmac } from 'node:crypto'
import { type Random, type SecretText, toHex } from '../../base/index.ts'

export interface TurnCredential {
  username: string
  password: string
}

const ID_BYTES = 8

/**
 * Credentials as coturn's `use-auth-secret` checks them: the user name is the time of expiry (seconds since 1970) and an id, the
 * password the base64 of its HMAC-SHA1 under the shared secret. The id is random: the TURN server learns nobody's address.
 */
export function turnCredential(
  secret: SecretText,
  nowMs: number,
  lifetimeSeconds: number,
  random: Random,
): TurnCredential {
  const username = `${Math.floor(nowMs / 1000) + lifetimeSeconds}:${toHex(random.bytes(ID_BYTES))}`
  return { username, password: createHmac('sha1', secret.use()).update(username).digest('base64') }
}
