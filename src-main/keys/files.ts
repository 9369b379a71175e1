import { randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { makeFolderSync } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'

/** A key file is under 1 kB; anything much larger was not written by Parley. */
const MAX_FILE_BYTES = 64 * 1024

/** The small files of a keyring, each written whole or not at all. */
export interface KeyFiles {
  has(name: string): boolean
  /** Throws `storage_damaged` where it is absent or too large. */
  read(name: string): string
  write(name: string, content: string): void
}

/** Files of mode 0600 in a folder of mode 0700; durable when `write` returns. */
export function diskFiles(dir: string): KeyFiles {
  return {
    has: (name) => existsSync(join(dir, name)),
    read: (name) => {
      const file = join(dir, name)
      if (!existsSync(file) || statSync(file).size > MAX_FILE_BYTES) throw damaged()
      return readFileSync(file, 'utf8')
    },
    write: (name, content) => {
      makeFolderSync(dir, 'profile folder')
      try {
        replaceFile(dir, name, content)
      } catch (cause) {
        const full = cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
        if (full) throw new ParleyError('storage_full', 'The disk is full: nothing was saved.', { cause })
        throw new ParleyError('internal', 'The key file could not be written.', { cause })
      }
    },
  }
}

/** Nothing survives the process: for tests. */
export function memoryFiles(): KeyFiles {
  const files = new Map<string, string>()
  return {
    has: (name) => files.has(name),
    read: (name) => {
      const content = files.get(name)
      if (content === undefined) throw damaged()
      return content
    },
    write: (name, content) => void files.set(name, content),
  }
}

export function damaged(cause?: unknown): ParleyError {
  return new ParleyError(
    'storage_damaged',
    'A key file of this profile is damaged or missing. Restore from the recovery phrase.',
    {
      cause,
    },
  )
}

function replaceFile(dir: string, name: string, content: string): void {
  const temporary = join(dir, `${name}.${randomUUID()}.tmp`)
  try {
    const handle = openSync(temporary, 'wx', 0o600)
    try {
      writeFileSync(handle, content)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(temporary, join(dir, name))
  } finally {
    rmSync(temporary, { force: true })
  }
  syncFolder(dir)
}

/** Makes the rename itself durable; Windows has no such call and needs none. */
function syncFolder(dir: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(dir, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
