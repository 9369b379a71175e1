import { type ErrorCode, ParleyError } from '../contract/index.ts'

/** Rejects with `code` when the promise has not settled after `ms`. The work itself goes on; its late error is dropped. */
export function deadline<T>(promise: Promise<T>, ms: number, message: string, code: ErrorCode = 'timeout'): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ParleyError(code, message)), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
