import type { SqlValue } from './database.ts'

/** Undefined is NULL in the database. */
export function nullable<T extends SqlValue>(value: T | undefined): T | null {
  return value ?? null
}

export function optional<T>(value: T | null): T | undefined {
  return value ?? undefined
}

export function flag(value: boolean): number {
  return value ? 1 : 0
}

/** A plain copy: the driver gives Buffers. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}
