import { expect, test } from 'vitest'
import { type Clock, silentLog, systemClock, systemRandom } from '../base/index.ts'
import { IDLE_MS, MAX_PATHS, SWEEP_MS } from './constants.ts'
import { controlFrame, parseFrame } from './frames.ts'
import type { Command } from './ipc.ts'
import { createPeers } from './peers.ts'
import type { PeerProcess } from './types.ts'
import { loopback } from './test-pair.ts'

/** A peer process whose connections open at once and answer every ping: only the bounds are under test here. */
function obligingProcess(): PeerProcess {
  let listener = (_: unknown) => {}
  const answer = (command: Command) => {
    if (command.type === 'open') listener({ type: 'open', connection: command.connection })
    if (command.type !== 'send') return
    const frame = parseFrame(command.channel, command.bytes)
    const bytes = controlFrame({ type: 'pong', number: frame?.type === 'ping' ? frame.number : 0 })
    if (frame?.type === 'ping') listener({ type: 'message', connection: command.connection, channel: 'control', bytes })
  }
  let exit = (_: number | null) => {}
  return {
    pid: undefined,
    post: (message) => {
      if ((message as Command).type === 'stop') return exit(0)
      queueMicrotask(() => answer(message as Command))
    },
    onMessage: (each) => {
      listener = each
      queueMicrotask(() => each({ type: 'beat' }))
    },
    onExit: (each) => {
      const before = exit
      exit = (code) => {
        before(code)
        each(code)
      }
    },
    kill: () => exit(null),
  }
}

test('at the bound the path that was idle longest gives way, and idle paths close by themselves', async () => {
  let now = 1_000_000
  const sweeps: (() => void)[] = []
  const clock: Clock = {
    now: () => now,
    steady: () => now,
    after: (ms, task) => (ms === SWEEP_MS ? (sweeps.push(task), () => {}) : systemClock.after(ms, task)),
  }
  const peers = createPeers({
    deviceId: 'self',
    addressOf: (device) => (device === 'stranger' ? undefined : `0x${device}`),
    signalling: { send: async () => {}, on: () => () => {} },
    spawn: obligingProcess,
    options: loopback,
    clock,
    random: systemRandom,
    log: silentLog,
  })
  await peers.start()
  const devices = Array.from({ length: MAX_PATHS + 1 }, (_, index) => `d${index}`)
  for (const device of devices) {
    now++
    peers.connect(device)
    await expect.poll(() => peers.isOpen(device), { interval: 1 }).toBe(true)
  }
  expect(peers.isOpen('d0')).toBe(false)
  expect(devices.filter((device) => peers.isOpen(device)).length).toBe(MAX_PATHS)
  peers.connect('stranger')
  peers.connect('self')
  expect(peers.isOpen('stranger') || peers.isOpen('self')).toBe(false)
  now += IDLE_MS + 1
  sweeps.shift()?.()
  expect(devices.some((device) => peers.isOpen(device))).toBe(false)
  await peers.stop()
})
