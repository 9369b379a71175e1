import type { Mls, MlsIdentity } from './mls-types.ts'

/** Loads ts-mls only now: of all processes just the MLS worker needs it. */
export async function openMls(identity: MlsIdentity): Promise<Mls> {
  const { createMlsGroups } = await import('./mls-groups.ts')
  return createMlsGroups(identity)
}
