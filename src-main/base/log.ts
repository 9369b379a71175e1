import { pino } from 'pino'

export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(bindings: { part: string }): Log
}

/** Structured lines on standard error. Fields with these names never print, whatever holds them. */
export function createLog(level: 'debug' | 'info' | 'warn' | 'error' | 'silent' = 'info'): Log {
  const names = ['passphrase', 'recoveryPhrase', 'seed', 'secret', 'privateKey', 'token', 'text', 'plaintext']
  return pino(
    { level, base: null, redact: { paths: names.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' } },
    pino.destination({ dest: 2, sync: true }),
  )
}

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
}
