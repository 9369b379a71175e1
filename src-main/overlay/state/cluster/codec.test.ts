import { randomBytes, randomInt } from 'node:crypto'
import { expect, it } from 'vitest'
import { toParleyError } from '../../../contract/index.ts'
import { defaultLimits } from '../../limits/limits.ts'
import type { Command } from '../commands.ts'
import { stateLimits } from '../merge.ts'
import { accepted, device, mail, NOW } from '../testing/facts.ts'
import { decodeBatch, encodeBatch, encodeCommand } from './codec.ts'

const head = { process: 'ab', number: 7, limits: stateLimits(defaultLimits) }
const one = mail({ bytes: new Uint8Array(randomBytes(300)) })
const lastResort = { version: 1, keyPackage: new Uint8Array([]), signature: new Uint8Array([4]) }
const commands: Command[] = [
  { kind: 'merge', command: { facts: [one, device({ lastResort }), accepted(one)], now: NOW, quota: true } },
  { kind: 'publishKeyPackages', command: { device: 'b0', packages: [new Uint8Array([1]), new Uint8Array([2, 3])] } },
  { kind: 'setMeta', command: { name: 'gone', value: undefined } },
  { kind: 'sweep', command: { now: NOW, limit: 5 } },
]

it('a batch is read as it was given, byte strings included, whatever kind of array they came in', () => {
  const read = decodeBatch(encodeBatch(head, commands.map(encodeCommand)))
  expect(read).toEqual({ ...head, commands })
  const buffers: Command = { kind: 'setMeta', command: { name: 'salt', value: Buffer.from([1, 2]) } }
  const [command] = decodeBatch(encodeBatch(head, [encodeCommand(buffers)])).commands
  expect(command).toEqual({ kind: 'setMeta', command: { name: 'salt', value: new Uint8Array([1, 2]) } })
})

it('what is no batch is refused, and one of another version says so', () => {
  const bytes = encodeBatch(head, commands.map(encodeCommand))
  const codes = new Set<string>()
  for (let round = 0; round < 2_000; round++) {
    const broken = round % 2 ? new Uint8Array(bytes.subarray(0, randomInt(bytes.length))) : new Uint8Array(bytes)
    if (broken.length > 0) broken[randomInt(broken.length)] = randomInt(256)
    try {
      decodeBatch(broken)
    } catch (error) {
      codes.add(toParleyError(error).code)
    }
  }
  codes.delete('unsupported_version')
  expect([...codes]).toEqual(['invalid_params'])
  for (const version of [3, 5]) {
    const text = Buffer.from(bytes).toString('latin1').replace('"version":4', `"version":${version}`)
    expect(() => decodeBatch(new Uint8Array(Buffer.from(text, 'latin1')))).toThrow(
      expect.objectContaining({ code: 'unsupported_version' }),
    )
  }
})
