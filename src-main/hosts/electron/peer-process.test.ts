import { EventEmitter } from 'node:events'
import { expect, test, vi } from 'vitest'
import * as fake from '../testing/fake-electron.ts'
import { spawnUtilityProcess } from './peer-process.ts'

vi.mock('electron', () => import('../testing/fake-electron.ts'))

test("the peer process in Electron's kind of child: messages, exit, and nothing posted to the dead", () => {
  const posted: unknown[] = []
  const child = Object.assign(new EventEmitter(), {
    pid: 7,
    postMessage: (message: unknown) => void posted.push(message),
    kill: vi.fn(),
  })
  const fork = vi.spyOn(fake.utilityProcess, 'fork').mockReturnValue(child)
  vi.stubEnv('PARLEY_PASSPHRASE', 'not for strangers')
  const process = spawnUtilityProcess('/peer-process.js')
  vi.unstubAllEnvs()
  expect(process.pid).toBe(7)
  const env = (fork.mock.calls[0] as unknown[])[2] as { env: object }
  expect(env.env).toHaveProperty('PATH')
  expect(env.env).not.toHaveProperty('PARLEY_PASSPHRASE')
  const heard: unknown[] = []
  process.onMessage((message) => heard.push(message))
  process.onExit((code) => heard.push(code))
  process.post({ type: 'stop' })
  child.emit('message', { type: 'beat' })
  child.emit('exit', 1)
  process.post({ type: 'stop' })
  process.kill()
  expect(posted).toEqual([{ type: 'stop' }])
  expect(heard).toEqual([{ type: 'beat' }, 1])
  expect(child.kill).toHaveBeenCalledOnce()
})
