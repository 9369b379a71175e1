import type { Clock } from '../base/index.ts'
import type { KeyPackageRow, Store } from '../store/index.ts'
import { KEY_PACKAGE_BATCH, LAST_RESORT_MS, MAX_STORED_KEY_PACKAGES } from './constants.ts'
import type { KeyPackages, MlsEngine, NewKeyPackage } from './types.ts'

/**
 * Makes what is missing from `target` with `remaining` at the home nodes; private halves are on disk before this ends.
 * A last resort that was replaced stays on disk, so an invitation on its way still opens.
 */
export async function makeKeyPackages(
  { engine, store, clock }: { engine: MlsEngine; store: Store; clock: Clock },
  target: number,
  remaining: number,
): Promise<KeyPackages> {
  const stored = store.keyPackages.lastResort()
  const last = stored && clock.now() - stored.createdAt < LAST_RESORT_MS ? stored : undefined
  const missing = Math.max(0, target - remaining) + (last ? 0 : 1)
  const made: NewKeyPackage[] = []
  while (made.length < missing)
    made.push(...(await engine.createKeyPackages(Math.min(KEY_PACKAGE_BATCH, missing - made.length))))
  const rows: KeyPackageRow[] = made.map((fresh, index) => ({
    ...fresh,
    lastResort: !last && index === 0,
    createdAt: clock.now(),
  }))
  const lastResort = (last ?? rows[0])?.publicBytes ?? new Uint8Array()
  store.transaction(() => {
    store.keyPackages.add(rows)
    for (const old of surplus(store.keyPackages.unused())) store.keyPackages.remove(old.id)
  })
  return { packages: rows.filter((row) => !row.lastResort).map((row) => row.publicBytes), lastResort }
}

/** Packages that were taken for an invitation that never came: the oldest go. */
function surplus(rows: KeyPackageRow[]): KeyPackageRow[] {
  const single = rows.filter((row) => !row.lastResort).sort((a, b) => b.createdAt - a.createdAt)
  return single.slice(MAX_STORED_KEY_PACKAGES)
}
