import { inspect } from 'node:util'

/**
 * Bytes that must not reach a log, an error or JSON: every way of printing gives `[redacted]`.
 * `use()` is the only way to the bytes; `wipe()` overwrites them (best effort: the engine may have copies).
 */
export class Secret {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes)
  }

  get length(): number {
    return this.#bytes.length
  }

  use(): Uint8Array {
    return this.#bytes
  }

  wipe(): void {
    this.#bytes.fill(0)
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return '[redacted]'
  }
}

/** Text that must not reach a log: a passphrase or a recovery phrase. */
export class SecretText {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  use(): string {
    return this.#text
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return '[redacted]'
  }
}
