import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ParleyError } from '../../contract/index.ts'

const PRIVATE = 0o700

/** Makes the data folder and those above it. Throws `conflict` with one clear sentence where that cannot be. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await make(resolve(folder))
  } catch (cause) {
    throw new ParleyError('conflict', `The data folder ${folder} cannot be made or used (${codeOf(cause)}).`, { cause })
  }
}

/**
 * Node's own recursive form never ends where a file system answers ENOENT although the parent is there, as /proc does:
 * here a folder is tried twice at most.
 */
async function make(folder: string): Promise<void> {
  const code = await attempt(folder)
  if (code !== 'ENOENT') return
  if (dirname(folder) !== folder) await make(dirname(folder))
  await mkdir(folder, { mode: PRIVATE })
}

/** Answers undefined when the folder is there, ENOENT when its parent seems to be missing; throws otherwise. */
async function attempt(folder: string): Promise<'ENOENT' | undefined> {
  try {
    await mkdir(folder, { mode: PRIVATE })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'ENOENT'
    if (codeOf(error) !== 'EEXIST' || !(await isFolder(folder))) throw error
  }
  return undefined
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory()
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
