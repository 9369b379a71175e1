import { notSupported } from './errors.ts'

const full = (short: string) => `0x${short.padStart(64, '0')}`
/** The packages of the framework: std, iota, the system, the bridge and stardust. Here only parts of the first two run. */
const PACKAGES = new Set(['1', '2', '3', 'b', '107a'].map(full))
/** System state, randomness and the deny list. */
const SYSTEM_OBJECTS = new Set(['5', '8', '403'].map(full))

/** Throws -32601 for an object that every network has and this ledger lacks: to call it missing would be untrue. */
export function refuseSystemObject(id: string): void {
  if (PACKAGES.has(id) || SYSTEM_OBJECTS.has(id)) throw notSupported(`System object ${id}`)
}

/** Throws -32601 for what of a package of the framework is not, or not completely, here. */
export function refuseFramework(packageId: string, what: string): void {
  if (PACKAGES.has(packageId)) throw notSupported(`${what} of framework package ${packageId}`)
}
