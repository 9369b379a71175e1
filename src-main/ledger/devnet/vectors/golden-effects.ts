import { toBase58 } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import { typedHash } from '../objects/index.ts'
import type vectors from './iota-golden.json'

type GoldenEffects = (typeof vectors.effects)[number]['effects']

/** Digest of effects that the network published as JSON with Rust's names. */
export function encodeGoldenEffects(effects: GoldenEffects): string {
  const value = { V1: { ...(camel(effects) as object), status: { Success: true } } }
  const bytes = bcs.TransactionEffects.serialize(value as never, { maxSize: 100_000 }).toBytes()
  return toBase58(typedHash('TransactionEffects', bytes))
}

/** snake_case keys in camelCase, and unit variants, which Rust writes as text, as the BCS library wants them. */
function camel(value: unknown): unknown {
  if (value === 'NotExist' || value === 'None' || value === 'Created' || value === 'Deleted') return { [value]: true }
  if (Array.isArray(value)) return value.map(camel)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [
    key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    camel(inner),
  ])
  return Object.fromEntries(entries)
}
