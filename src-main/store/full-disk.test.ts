import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Secret, SecretText, silentLog, systemClock, systemRandom, toHex } from '../base/index.ts'
import { createKeyring } from '../keys/index.ts'
import { type GroupRow, type MessageRow, openStore, type Store } from './index.ts'

const DISK = 'size=2m,mode=700'
const code = (value: string) => expect.objectContaining({ code: value })
const key = new Secret(randomBytes(32))
const mounts = mountsHere()
if (!mounts) console.warn('full disk tests skipped: this user may not mount a small disk')
let disk: string
const stores: Store[] = []

beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'parley-disk-'))
  if (mounts) spawnSync('mount', ['-t', 'tmpfs', '-o', DISK, 'parley-test', disk])
})
afterEach(() => {
  for (const store of stores.splice(0)) store.close()
  if (mounts) spawnSync('umount', [disk])
  rmSync(disk, { recursive: true })
})

function open(): Store {
  const store = openStore({ file: join(disk, 'parley.db'), key, clock: systemClock, log: silentLog })
  stores.push(store)
  return store
}

function mountsHere(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const dir = mkdtempSync(join(tmpdir(), 'parley-disk-'))
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', DISK, 'parley-test', dir]).status === 0
  if (done) spawnSync('umount', [dir])
  rmSync(dir, { recursive: true })
  return done
}

/** Takes what is left, down to the last page. */
function fillDisk(): void {
  const { bavail, bsize } = statfsSync(disk)
  if (bavail > 0) writeFileSync(join(disk, 'filler'), new Uint8Array(bavail * bsize))
}

function message(n: number): MessageRow {
  const times = { clockTime: n, clockCount: 0, sentAt: n, receivedAt: n }
  const id = n.toString(16).padStart(32, '0')
  return {
    id,
    chat: 'c',
    author: 'a',
    outgoing: false,
    text: `m ${n}`,
    ...times,
    state: 'delivered',
    failure: undefined,
  }
}
function group(n: number): GroupRow {
  const times = { createdAt: 0, messagesSinceUpdate: n, updatedAt: 0, log: undefined }
  return {
    groupId: new Uint8Array(32),
    chat: 'c',
    creator: 'a',
    generation: 0,
    state: randomBytes(20_000),
    active: true,
    ...times,
  }
}
/** A message and the group's state, as one step; the newest that is whole, checked. */
const write = (store: Store, n: number) =>
  store.transaction(() => {
    store.groups.save(group(n))
    store.messages.insert(message(n))
  })
function newest(store: Store): number {
  const last = store.messages.last('c')?.clockTime ?? -1
  expect(store.groups.active('c')?.messagesSinceUpdate ?? -1).toBe(last)
  expect(store.messages.page('c', 1000)).toHaveLength(last + 1)
  return last
}

test.skipIf(!mounts)(
  'a full disk is storage_full with nothing half written, and the store works again with room',
  () => {
    let store = open()
    write(store, 0)
    fillDisk()
    let next = 1
    const writeOn = () => {
      for (; next < 1000; next++) write(store, next)
    }
    expect(writeOn).toThrow(code('storage_full'))
    expect(newest(store)).toBe(next - 1)
    expect(() => write(store, next)).toThrow(code('storage_full'))
    rmSync(join(disk, 'filler'))
    write(store, next)
    expect(newest(store)).toBe(next)
    store.close()
    store = open()
    expect(newest(store)).toBe(next)
    store.close()
  },
)

test.skipIf(!mounts)('a store that was closed on a full disk opens again with all that was acknowledged', () => {
  let store = open()
  write(store, 0)
  fillDisk()
  let next = 1
  expect(() => {
    for (; next < 1000; next++) write(store, next)
  }).toThrow(code('storage_full'))
  store.close()
  rmSync(join(disk, 'filler'))
  store = open()
  expect(newest(store)).toBe(next - 1)
  write(store, next)
  store.close()
})

test.skipIf(!mounts)('a new profile on a full disk is storage_full, and opens when there is room', () => {
  fillDisk()
  expect(open).toThrow(code('storage_full'))
  rmSync(join(disk, 'filler'))
  const store = open()
  write(store, 0)
  store.close()
})

test.skipIf(!mounts)('on a full disk key files stay as they were, and no part of a new one is left', async () => {
  const parts = { profile: disk, keystore: 'vault', clock: systemClock, random: systemRandom, log: silentLog } as const
  const passphrase = new SecretText('correct horse battery')
  const ring = createKeyring(parts)
  const { identity, phrase } = await ring.create('Alice', passphrase)
  const files = () => ['identity.json', 'vault.json'].map((name) => readFileSync(join(disk, name), 'utf8'))
  const before = files()
  fillDisk()
  const words = [{ index: 0, word: phrase[0] ?? '' }]
  await expect(ring.confirmPhrase(words)).rejects.toThrow(code('storage_full'))
  expect([files(), ring.current()?.phraseConfirmed]).toEqual([before, false])
  expect(readdirSync(disk).sort()).toEqual(['filler', 'identity.json', 'vault.json'])
  rmSync(join(disk, 'filler'))
  expect(await ring.confirmPhrase(words)).toBe(true)
  ring.lock()
  const again = await createKeyring(parts).unlock(passphrase)
  expect([again.phraseConfirmed, again.deviceId, toHex(again.databaseKey.use()).length]).toEqual([
    true,
    identity.deviceId,
    64,
  ])

  const other = createKeyring({ ...parts, profile: join(disk, 'other') })
  fillDisk()
  await expect(other.create('Bob', passphrase)).rejects.toThrow(code('storage_full'))
  expect(other.state()).toBe('none')
  rmSync(join(disk, 'filler'))
  await other.create('Bob', passphrase)
  expect(other.state()).toBe('ready')
})
