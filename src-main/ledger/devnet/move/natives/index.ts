/**
 * Functions of the framework that are no bytecode on the ledger either: hashes, signatures, events, owners, ids.
 *
 *   const native = natives.get('0x<64 hex>::event::emit')
 *   native?.([value], { library, world, meter, typeArguments })
 */
import { fullAddress } from '../type.ts'
import { cryptoNatives } from './crypto.ts'
import { objectNatives } from './objects.ts'
import { textNatives } from './text.ts'
import type { Native } from './types.ts'

export type { World } from './types.ts'

/** By full name, with addresses of 64 digits. */
export const natives: ReadonlyMap<string, Native> = new Map(
  Object.entries({ ...cryptoNatives, ...objectNatives, ...textNatives }).map(([name, native]) => {
    const [address = '', ...rest] = name.split('::')
    return [[fullAddress(address), ...rest].join('::'), native]
  }),
)
