import type { NodeRecordValue } from '../../wire/index.ts'
import type { SectorMap } from '../sector/map.ts'
import type { Fact } from '../state/index.ts'

/** Mail and what becomes of it; the other facts are about the address itself. */
export function isMail(kind: Fact['kind']): boolean {
  return kind === 'mail' || kind === 'accepted'
}

/**
 * Who keeps a fact. Mail: the home nodes. Devices, allow lists and revocations: all candidates, so that a stand-in knows
 * whom it stands in for before it is needed.
 */
export function keepers(map: SectorMap, address: string, kind: Fact['kind']): NodeRecordValue[] {
  return isMail(kind) ? map.homes(address) : map.candidates(address)
}

/**
 * What a node keeps: `mail` where it is a home node (by its place, or as a stand-in), `profile` where it is a candidate at
 * least, `none` otherwise.
 */
export function dutyOf(map: SectorMap, nodeKey: string, address: string): 'mail' | 'profile' | 'none' {
  const isIn = (nodes: readonly NodeRecordValue[]) => nodes.some((node) => node.nodeKey === nodeKey)
  if (!isIn(map.candidates(address))) return 'none'
  return isIn(map.assigned(address)) || isIn(map.homes(address)) ? 'mail' : 'profile'
}

/** The same for many facts: an address is ranked once. */
export function dutiesOf(map: SectorMap, nodeKey: string): (address: string) => 'mail' | 'profile' | 'none' {
  const known = new Map<string, ReturnType<typeof dutyOf>>()
  return (address) => {
    const duty = known.get(address) ?? dutyOf(map, nodeKey, address)
    known.set(address, duty)
    return duty
  }
}
