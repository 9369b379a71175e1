import * as v from 'valibot'
import { type Settings, settingsSchema } from '../contract/index.ts'
import type { Store } from '../store/index.ts'

const NAME = 'settings'

export const defaultSettings: Settings = {
  theme: 'system',
  locale: 'system',
  autoLockMinutes: 0,
  directConnections: true,
  walletHidden: false,
  ledgerSignalling: 'auto',
}

/** The user's settings; a value that an older or newer version wrote and this one cannot read falls back to the default. */
export function readSettings(store: Store): Settings {
  const stored = v.safeParse(v.partial(settingsSchema), store.settings.get(NAME) ?? {})
  return { ...defaultSettings, ...(stored.success ? stripUndefined(stored.output) : {}) }
}

export function writeSettings(
  store: Store,
  change: Partial<{ [K in keyof Settings]: Settings[K] | undefined }>,
): Settings {
  const settings = { ...readSettings(store), ...stripUndefined(change) }
  store.settings.set(NAME, settings)
  return settings
}

function stripUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
