import { open } from 'node:fs/promises'

/** Makes a new file's name durable too. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot flush a folder, and does not need it.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
