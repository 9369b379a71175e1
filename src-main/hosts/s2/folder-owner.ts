import { realpathSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { ParleyError } from '../../contract/index.ts'

const ROOT = 0

/**
 * Makes this process, where it is root's, that of the user whose folder it is, for good: the node could not read what root leaves there, and
 * root follows no links that somebody else has put. Call it before anything in the folder is opened. Throws `conflict` where that user
 * does not come to the folder, as with a systemd service that has a user of its own.
 */
export async function becomeOwner(folder: string): Promise<void> {
  const owner = process.getuid?.() === ROOT ? statSync(folder, { throwIfNoEntry: false }) : undefined
  if (!owner || owner.uid === ROOT) return
  process.setgroups?.([])
  process.setgid?.(owner.gid)
  process.setuid?.(owner.uid)
  try {
    await readdir(realpathSync(folder))
  } catch (cause) {
    const message =
      `The folder ${folder} belongs to user ${owner.uid}, who cannot come to it from here. Run this command as the service ` +
      'runs: with systemd-run, as the operators’ page shows.'
    throw new ParleyError('conflict', message, { cause })
  }
}
