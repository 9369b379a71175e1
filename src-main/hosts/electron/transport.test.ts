import { vi } from 'vitest'
import { silentLog } from '../../base/index.ts'
import type { Channel } from '../../contract/index.ts'
import * as fake from '../testing/fake-electron.ts'
import { transportSuite } from '../testing/index.ts'

vi.mock('electron', () => import('../testing/fake-electron.ts'))

transportSuite('Electron IPC', async (app) => {
  await import('./preload.ts')
  const { openWindow } = await import('./window.ts')
  const pageOrigin = 'parley-app://window'
  await openWindow({ app, pageOrigin, preload: 'preload.cjs', development: false, log: silentLog })
  const window = fake.windows.at(-1)
  return {
    channel: fake.exposed['parley'] as Channel,
    close: async () => void window?.emit('closed'),
  }
})
