import { readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ParleyError } from '../../../contract/index.ts'

const LOCK_NAME = 'lock'
/** Taking over a dead owner's lock can meet another that does the same: then that one has won. */
const ATTEMPTS = 2

/** Keeps a folder for this process; answers how to let it go. Throws `conflict` when a living process has it. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK_NAME)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 })
      return () => unlink(path)
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''))
    if (isAlive(owner)) break
    await unlink(path).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error
    })
  }
  throw new ParleyError('conflict', 'Another local ledger is using this data folder.')
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
