import type { Mls, MlsIdentity } from './mls-types.ts'

/** Reads ts-mls, which of all threads just the MLS worker needs, ahead of its use. */
export function loadMls() {
  return import('./mls-groups.ts')
}

export async function openMls(identity: MlsIdentity): Promise<Mls> {
  const { createMlsGroups } = await loadMls()
  return createMlsGroups(identity)
}
