import { parseArgs } from 'node:util'

export interface ElectronOptions {
  profile: string | undefined
  ledger: string | undefined
  s2: string[]
}

/** Options for Parley among those that the runtime itself understands; foreign ones are left alone. */
export function readOptions(args: string[]): ElectronOptions {
  const { values } = parseArgs({
    args,
    strict: false,
    options: { profile: { type: 'string' }, ledger: { type: 'string' }, s2: { type: 'string', multiple: true } },
  })
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  const list = Array.isArray(values.s2) ? values.s2 : []
  return {
    profile: text(values.profile),
    ledger: text(values.ledger),
    s2: list.filter((item) => typeof item === 'string'),
  }
}
