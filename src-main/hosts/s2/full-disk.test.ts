import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Log, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { createS2Node, type S2NodeOptions } from '../../overlay/index.ts'
import { fixedLedger } from '../../testing/testnet-nodes.ts'
import { startOperatorServer } from './operator-server.ts'

const isRoot = process.platform === 'linux' && process.getuid?.() === 0
const MOUNT = ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'parley-test']
let disk: string
let mounted = false
beforeEach(async () => {
  disk = await mkdtemp(join(tmpdir(), 'parley-s2-disk-'))
  mounted = isRoot && spawnSync('mount', [...MOUNT, disk]).status === 0
})
afterEach(async () => {
  if (mounted) spawnSync('umount', ['-l', disk])
  await rm(disk, { recursive: true })
})

/** A registry in which every look finds another epoch, so that each look has something to write down. */
function busyRegistry() {
  let epoch = 0n
  const page = { events: [], cursor: undefined, newest: undefined, more: false }
  const registry = {
    packageId: `0x${'1'.repeat(64)}`,
    events: () => Promise.resolve(page),
    records: () => Promise.resolve([]),
  }
  const find = () => Promise.resolve(registry as never)
  return {
    find,
    ledger: { ...fixedLedger(), epoch: () => Promise.resolve({ epoch: epoch++, salt: new Uint8Array(32) }) },
  }
}

it.runIf(isRoot)(
  'a full disk shows in /health, in a metric and in one line, and ends in all three',
  async ({ skip }) => {
    skip(!mounted, 'this user may not mount a small disk')
    const lines: string[] = []
    const note = (_: object, message: string) => void lines.push(message)
    const log: Log = { ...silentLog, info: note, warn: note, child: () => log }
    const { find, ledger } = busyRegistry()
    const options: S2NodeOptions = {
      listen: { host: '127.0.0.1', port: 0 },
      dataDir: join(disk, 'node'),
      ledger,
      peers: [],
      registry: { find },
      clock: systemClock,
      random: systemRandom,
      log,
    }
    const node = createS2Node(options)
    await node.start()
    const server = await startOperatorServer({ host: '127.0.0.1', port: 0 }, () => node.status(), silentLog)
    const health = async () => {
      const answer = await fetch(`${server.url}/health`)
      return [answer.status, ((await answer.json()) as { state: string }).state]
    }
    const gauge = async () =>
      /^parley_s2_disk_writable (\d)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1]
    expect([await health(), await gauge()]).toEqual([[200, 'ready'], '1'])
    const { bavail, bsize } = await statfs(disk)
    await writeFile(join(disk, 'filler'), new Uint8Array(bavail * bsize))
    await expect.poll(health).toEqual([503, 'storage_full'])
    expect(await gauge()).toBe('0')
    // Some more looks at the registry: what is read is known, though it cannot be written down.
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(lines.filter((line) => line.includes('registry'))).toEqual([])
    await rm(join(disk, 'filler'))
    await expect.poll(health).toEqual([200, 'ready'])
    expect(await gauge()).toBe('1')
    expect(lines.filter((line) => line.includes('disk'))).toEqual([
      'the disk takes nothing more: nothing new is stored or acknowledged until it does',
      'the disk takes what is written again',
    ])
    await server.stop()
    await node.stop()
  },
  40_000,
)
