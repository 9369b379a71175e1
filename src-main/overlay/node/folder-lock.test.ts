import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { fixedLedger } from '../../testing/testnet-nodes.ts'
import { createS2Node } from './node.ts'

const LOCK = fileURLToPath(new URL('./folder-lock.ts', import.meta.url))
const PROGRAM = `
  import { lockNodeFolder } from ${JSON.stringify(LOCK)}
  await lockNodeFolder(process.argv[1])
  console.log('locked')
  setInterval(() => {}, 1_000)
`
let folder = ''
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-lock-'))))
afterEach(() => rm(folder, { recursive: true, force: true }))

function options() {
  return { ledger: fixedLedger(), peers: [], clock: systemClock, random: systemRandom, log: silentLog }
}

function create(port = 0) {
  return createS2Node({ ...options(), listen: { host: '127.0.0.1', port }, dataDir: folder })
}

it('one folder is of one node at a time: the second is refused, and starts after the first has stopped', async () => {
  const [first, second] = [create(), create()]
  await first.start()
  const { nodeId } = first
  await expect(second.start()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('--data') })
  expect(first.nodeId).toBe(nodeId)
  await first.stop()
  await second.start()
  expect(second.nodeId).toBe(nodeId)
  await second.stop()
})

it('a folder is refused while another process has it, and free after kill -9 of that one', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  try {
    await once(child.stdout, 'data')
    await expect(create().start()).rejects.toMatchObject({ code: 'conflict' })
  } finally {
    child.kill('SIGKILL')
    await exit
  }
  const node = create()
  await node.start()
  await node.stop()
})

it('a start that fails lets the folder go', async () => {
  const key = join(folder, 'node.json')
  await writeFile(key, 'damaged')
  await expect(create().start()).rejects.toMatchObject({ code: 'storage_damaged' })
  await rm(key)
  const node = create()
  await node.start()
  const port = Number(new URL(node.endpoint).port)
  await node.stop()
  const blocker = createS2Node({ ...options(), listen: { host: '127.0.0.1', port } })
  await blocker.start()
  await expect(create(port).start()).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('listen'),
  })
  await blocker.stop()
  const again = create(port)
  await again.start()
  await again.stop()
})
