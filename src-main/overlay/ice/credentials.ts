import { createHmac } from 'node:crypto'
import type { SecretText } from '../../base/index.ts'
import { USER_NAME_MS } from './constants.ts'

export interface TurnCredential {
  username: string
  password: string
}

const ID_CHARACTERS = 16

/**
 * Credentials as coturn's `use-auth-secret` checks them: the user name is the time of expiry (seconds since 1970) and an id, the
 * password the base64 of its HMAC-SHA1 under the shared secret. The id looks random, is a device's for an hour, and the same from all
 * nodes with this secret: the TURN server learns nobody's address, and can tell who asks for more than a share.
 */
export function turnCredential(
  secret: SecretText,
  nowMs: number,
  lifetimeSeconds: number,
  device: string,
): TurnCredential {
  // No user name begins like this, so no password is an id or the other way round.
  const named = `user/${Math.floor(nowMs / USER_NAME_MS)}/${device}`
  const id = createHmac('sha256', secret.use()).update(named).digest('hex').slice(0, ID_CHARACTERS)
  const username = `${Math.floor(nowMs / 1000) + lifetimeSeconds}:${id}`
  return { username, password: createHmac('sha1', secret.use()).update(username).digest('base64') }
}
