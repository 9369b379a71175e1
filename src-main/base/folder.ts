import { mkdirSync, statSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ParleyError } from '../contract/index.ts'

const PRIVATE = 0o700

/**
 * Makes a folder of mode 0700 and those above it; one that is there is taken as it is. `what` names it in the sentence for
 * a person. Throws `storage_full`, or `conflict` where it cannot be made or is no folder.
 *
 * Node's own recursive form never ends where a file system answers ENOENT although the parent is there, as /proc does: here
 * a folder is tried twice at most.
 */
export async function makeFolder(folder: string, what = 'folder'): Promise<void> {
  try {
    await make(resolve(folder))
  } catch (cause) {
    throw refused(folder, what, cause)
  }
}

/** The same, for what is opened in one go. */
export function makeFolderSync(folder: string, what = 'folder'): void {
  try {
    makeSync(resolve(folder))
  } catch (cause) {
    throw refused(folder, what, cause)
  }
}

async function make(folder: string): Promise<void> {
  try {
    return void (await mkdir(folder, { mode: PRIVATE }))
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error
  }
  await make(dirname(folder))
  await mkdir(folder, { mode: PRIVATE }).catch((error: unknown) => again(error))
}

function makeSync(folder: string): void {
  try {
    return void mkdirSync(folder, { mode: PRIVATE })
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(folder).isDirectory()) return
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error
  }
  makeSync(dirname(folder))
  try {
    mkdirSync(folder, { mode: PRIVATE })
  } catch (error) {
    again(error)
  }
}

/** Another process may have made the folder after its parent was there. */
function again(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error
}

function refused(folder: string, what: string, cause: unknown): ParleyError {
  const code = codeOf(cause)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new ParleyError('storage_full', `The disk is full: the ${what} ${folder} cannot be made.`, { cause })
  return new ParleyError('conflict', `The ${what} ${folder} cannot be made or used (${code}).`, { cause })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}
