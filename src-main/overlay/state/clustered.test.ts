import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { hasNats, startNats, type TestNats } from '../../testing/nats.ts'
import { clusteredWorlds } from './testing/clustered-world.ts'
import { stateSuite } from './testing/state-suite.ts'

if (!hasNats) console.warn('nats-server is not installed: the clustered state is not tested (build/setup-debian.sh).')

describe.skipIf(!hasNats)('over NATS', () => {
  let nats: TestNats
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-clustered-'))
    nats = await startNats(3)
  }, 30_000)
  afterAll(async () => {
    await nats.stop()
    await rm(folder, { recursive: true, force: true })
  })
  stateSuite(clusteredWorlds(() => ({ urls: nats.urls, folder }), 3))
})
