import { expect, test } from 'vitest'
import { systemClock, systemRandom } from '../base/index.ts'
import { Allowance } from './allowance.ts'
import { MAX_IN_FLIGHT_BYTES, MAX_RECEIVING_BYTES, MAX_UNACCEPTED, PINGS_PER_SECOND } from './constants.ts'
import { type LaneName, controlFrame, messageFrame, parseFrame } from './frames.ts'
import { Path } from './path.ts'

function openPath() {
  const written: { channel: LaneName; bytes: Uint8Array }[] = []
  const accepts: (() => void)[] = []
  const deaths: string[] = []
  const path = new Path({
    clock: systemClock,
    write: (channel, bytes) => written.push({ channel, bytes }),
    taken: () => {},
    deliver: (_, accept) => accepts.push(accept),
    wants: () => true,
    deliverData: () => {},
    lanOffered: () => {},
    allowance: new Allowance(MAX_RECEIVING_BYTES),
    dead: (reason) => deaths.push(reason),
  })
  return { path, written, accepts, deaths }
}

test('a sender beyond its credits is not heard', () => {
  const { path, accepts, written } = openPath()
  for (let number = 0; number < MAX_UNACCEPTED + 100; number++)
    path.receive('chat', messageFrame(number, Uint8Array.of(1)))
  expect(accepts.length).toBe(MAX_UNACCEPTED)
  accepts[0]?.()
  accepts[0]?.()
  expect(written.length).toBe(1)
  path.receive('chat', messageFrame(5000, Uint8Array.of(1)))
  expect(accepts.length).toBe(MAX_UNACCEPTED + 1)
  path.close()
})

test('bytes under way are bounded, and closing rejects them all', async () => {
  const { path } = openPath()
  const envelope = new Uint8Array(64 * 1024)
  const most = MAX_IN_FLIGHT_BYTES / envelope.length
  const codes = Array.from({ length: most + 1 }, () => path.send(envelope).catch((error) => error.code))
  expect(await codes[most]).toBe('rate_limited')
  path.close()
  expect(new Set(await Promise.all(codes.slice(0, most)))).toEqual(new Set(['offline']))
})

test('a flood of pings is answered at a bounded rate', () => {
  const { path, written } = openPath()
  for (let number = 0; number < 1000; number++) path.receive('control', controlFrame({ type: 'ping', number }))
  expect(written.length).toBeLessThanOrEqual(PINGS_PER_SECOND + 2)
  path.close()
})

test('malformed frames end the path; random ones never throw', () => {
  const { path, deaths } = openPath()
  path.receive('control', Uint8Array.of(9))
  path.receive('chat', controlFrame({ type: 'ping', number: 1 }))
  expect(deaths).toEqual(['malformed frame', 'malformed frame'])
  for (let round = 0; round < 20_000; round++)
    parseFrame(round % 2 ? 'chat' : 'control', systemRandom.bytes(round % 40))
  path.close()
})
