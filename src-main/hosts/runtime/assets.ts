import { readFile } from 'node:fs/promises'
import { extname, join, relative, isAbsolute, resolve } from 'node:path'

export interface Asset {
  body: Buffer<ArrayBuffer>
  /** Media type. */
  type: string
}

/** Kinds of file that a built window consists of; anything else is not served. */
const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
}

/** The file of the built window behind a URL path, or undefined: never one outside `root`, never a hidden one. */
export async function readAsset(root: string, pathname: string): Promise<Asset | undefined> {
  const path = safePath(root, pathname === '/' ? '/index.html' : pathname)
  const type = path && mediaTypes[extname(path).toLowerCase()]
  if (!path || !type) return undefined
  try {
    return { body: await readFile(path), type }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function safePath(root: string, pathname: string): string | undefined {
  const decoded = decode(pathname)
  if (decoded === undefined || /[\0\\:]|(^|\/)\./.test(decoded)) return undefined
  const path = resolve(join(root, decoded))
  const inside = relative(resolve(root), path)
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? undefined : path
}

function decode(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return undefined
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR' || code === 'ENAMETOOLONG'
}
