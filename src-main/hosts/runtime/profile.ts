import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where this user's profile is by the platform's custom: XDG, Library or AppData (as Electron's `userData`). */
export function defaultProfile(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Parley')
  if (platform === 'win32') return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), 'Parley')
  // The XDG Base Directory specification: a relative value is invalid and must be ignored.
  const config = env['XDG_CONFIG_HOME']
  return join(config?.startsWith('/') ? config : join(home, '.config'), 'Parley')
}
