import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fromHex, Secret, silentLog, systemClock } from '../base/index.ts'
import { acquireProfileLock, openStore } from './index.ts'

const KILLS = 20
const writer = join(import.meta.dirname, 'test-writer.ts')

/** Starts a writer, kills it at a random moment after its first row; answers the last row that it called durable. */
async function writeUntilKilled(dir: string, key: string, first: number): Promise<number> {
  const child = spawn(process.execPath, [writer, dir, key, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const closed = once(child, 'close')
  await once(child.stdout, 'data')
  expect(() => acquireProfileLock(dir)).toThrow(expect.objectContaining({ code: 'conflict' }))
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 60))
  child.kill('SIGKILL')
  await closed
  return Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1))
}

test('20 kills in the middle of writing lose nothing acknowledged, leave nothing half-written and no lock', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'parley-kill-'))
  const key = randomBytes(32).toString('hex')
  let next = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const acknowledged = await writeUntilKilled(dir, key, next)
    const lock = acquireProfileLock(dir)
    const store = openStore({
      file: join(dir, 'parley.db'),
      key: new Secret(fromHex(key)),
      clock: systemClock,
      log: silentLog,
    })
    const newest = store.messages.last('c')
    expect(newest?.clockTime).toBeGreaterThanOrEqual(acknowledged)
    expect(store.settings.get('newest')).toBe(newest?.id)
    next = (newest?.clockTime ?? -1) + 1
    expect(store.messages.unread('c')).toBe(next)
    expect(store.messages.page('c', next + 1)).toHaveLength(next)
    store.close()
    lock.release()
  }
  rmSync(dir, { recursive: true })
}, 60_000)
