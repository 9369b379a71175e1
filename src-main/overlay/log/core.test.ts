import { describe, expect, it } from 'vitest'
import { utf8 } from '../../base/index.ts'
import { FOUNDINGS, MAX_ENTRIES, MAX_LOG_BYTES, MAX_LOGS_PER_ADDRESS } from './constants.ts'
import { decodeAnswer, decodeAsk, encodeAnswer, encodeAsk } from './codec.ts'
import { encodeMembers } from './core/founding.ts'
import { takeStep } from './core/step.ts'
import { tend } from './core/tending.ts'
import { type Answer, type Ask, type LogRow, type Step, SUCCESSOR, type View } from './core/types.ts'
import { decodeFrame, encodeFrame } from '../../wire/index.ts'
import { FOUNDING } from './testing/founding.ts'
import { MemoryTables } from './testing/memory.ts'
import { GROUP, Model, randomFrom } from './testing/model.ts'

const [A = '', B = '', C = '', D = ''] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64))
const FIRST: View = { number: 1, after: 0, members: [A, B, C], previous: [], ...FOUNDING, floor: 0, used: 1 }

/** Node A with a log that it keeps with B and C. */
function member(view: View = FIRST) {
  const tables = new MemoryTables()
  const take = (step: Step, from = B, group = GROUP): Answer => takeStep(tables, { group, self: A, from, now: 1, step })
  take({ kind: 'adopt', view })
  return { tables, take }
}
const accept = (ballot: number, value: string, epoch = 0, view = 1) =>
  ({ kind: 'accept', view, epoch, ballot, value: utf8(value) }) as const
const prepare = (ballot: number, epoch = 0, view = 1) => ({ kind: 'prepare', view, epoch, ballot }) as const

describe('a member of a log', () => {
  it('promises each ballot once, keeps its promise, and tells what it accepted', () => {
    const { take } = member()
    expect(take(accept(0, 'x'))).toEqual({ kind: 'accepted' })
    expect(take(accept(0, 'y'))).toEqual({ kind: 'refused', promised: 0 })
    const accepted = { view: 1, ballot: 0, value: utf8('x') }
    expect(take(prepare(2), C)).toEqual({ kind: 'promised', accepted })
    expect(take(prepare(2))).toEqual({ kind: 'refused', promised: 2 })
    expect(take(accept(1, 'y'))).toEqual({ kind: 'refused', promised: 2 })
    expect(take(accept(2, 'x'), C)).toEqual({ kind: 'accepted' })
    take({ kind: 'decided', view: 1, epoch: 0, value: utf8('x') }, C)
    expect(take(prepare(9))).toEqual({ kind: 'decided', value: utf8('x') })
  })

  it('listens to members only, and to nobody of a view that is over', () => {
    const { take } = member()
    expect(() => take(accept(0, 'x'), D)).toThrow(expect.objectContaining({ code: 'unauthorized' }))
    expect(() => take(prepare(1), D)).toThrow(expect.objectContaining({ code: 'unauthorized' }))
    expect(() => take({ kind: 'lead', view: 1, epoch: 0, value: utf8('x') }, B)).toThrow(/members/)
    const second = { ...FIRST, number: 2, after: 1, members: [A, B, D], previous: FIRST.members }
    take({ kind: 'adopt', view: second })
    expect(take(accept(1, 'x'), C)).toMatchObject({ kind: 'view', view: second })
    expect(take(accept(1, 'x', 0, 2), D)).toEqual({ kind: 'joining' })
    expect(take(accept(1, 'x', 0, 3), D)).toEqual({ kind: 'unknown' })
  })

  it('knows of the latest use that anybody told of on its way into a view, not only of what the first one knew', () => {
    const tables = new MemoryTables()
    const take = (step: Step) => takeStep(tables, { group: GROUP, self: A, from: B, now: 100, step })
    take({ kind: 'adopt', view: { ...FIRST, number: 2, after: 1, previous: [B, C, D], used: 5 } })
    const used = () => tables.row(GROUP)?.used
    expect(used()).toBe(5)
    take({ kind: 'absorb', view: 2, slots: [], used: 70 })
    expect(used()).toBe(70)
    take({ kind: 'absorb', view: 2, slots: [], used: 30 })
    expect(used()).toBe(70)
    // Of a clock that is ahead.
    take({ kind: 'absorb', view: 2, slots: [], used: 900 })
    expect(used()).toBe(100)
    take({ kind: 'start', view: 2 })
    take({ kind: 'absorb', view: 2, slots: [], used: 900 })
    expect(used()).toBe(100)
  })

  it('decides nothing more in a view whose successor it accepted', () => {
    const { take } = member()
    const value = encodeMembers({ members: [A, B, D], ...FOUNDING, floor: 0 })
    expect(take({ kind: 'accept', view: 1, epoch: SUCCESSOR, ballot: 0, value })).toEqual({ kind: 'accepted' })
    expect(take(accept(0, 'x'))).toEqual({ kind: 'sealed' })
    expect(take(prepare(5))).toEqual({ kind: 'sealed' })
    expect(take(prepare(5, SUCCESSOR))).toMatchObject({ kind: 'promised' })
  })

  it('as the leader proposes what it proposed before a restart, or has from a view before', () => {
    const { take, tables } = member()
    const lead = (value: string, epoch = 0, view = 1) => take({ kind: 'lead', view, epoch, value: utf8(value) }, A)
    expect(lead('x')).toEqual({ kind: 'accepted' })
    expect(lead('y')).toEqual({ kind: 'bound', value: utf8('x') })
    take({ kind: 'adopt', view: { ...FIRST, number: 2, after: 1, members: [A, B, D], previous: FIRST.members } })
    take({ kind: 'start', view: 2 }, A)
    expect(lead('z', 0, 2)).toEqual({ kind: 'bound', value: utf8('x') })
    expect(tables.row(GROUP)).toMatchObject({ number: 2, held: 2 })
  })

  it('forgets what may be older than what was decided since', () => {
    const { take, tables } = member()
    take(accept(0, 'x'))
    take({ kind: 'adopt', view: { ...FIRST, number: 3, after: 2, members: [A, B, D], previous: [B, C, D] } })
    expect(tables.slot(GROUP, 0)).toBeUndefined()
    expect(tables.row(GROUP)).toMatchObject({ number: 3, held: 0 })
    const lost = member()
    lost.take({ kind: 'decided', view: 1, epoch: 0, value: utf8('x') })
    lost.take({ kind: 'adopt', view: { ...FIRST, number: 1_001, after: 1, members: [A, B, D], previous: [B] } })
    expect(lost.tables.slot(GROUP, 0)).toBeUndefined()
    expect(lost.take({ kind: 'pull', view: 1_001, from: 0 }, D)).toEqual({ kind: 'joining' })
  })

  it('keeps so many entries and bytes of a log, and so many logs of an address', () => {
    const { take, tables } = member()
    for (let epoch = 0; epoch < MAX_ENTRIES; epoch++)
      tables.putSlot(GROUP, { ...blank(epoch), value: utf8('x'), decided: true })
    expect(() => take(accept(0, 'x', MAX_ENTRIES))).toThrow(expect.objectContaining({ code: 'storage_full' }))
    const large = { ...accept(0, '', MAX_ENTRIES + 1), value: new Uint8Array(65_537) }
    expect(() => take(large)).toThrow(expect.objectContaining({ code: 'too_large' }))
    const bulky = member()
    const entry = new Uint8Array(65_536)
    const fit = MAX_LOG_BYTES / entry.length
    for (let epoch = 0; epoch < fit; epoch++)
      bulky.tables.putSlot(GROUP, { ...blank(epoch), value: entry, decided: true })
    expect(() => bulky.take(accept(0, 'x', fit))).toThrow(expect.objectContaining({ code: 'storage_full' }))
    for (let index = 0; index < MAX_LOGS_PER_ADDRESS; index++)
      tables.putRow(`0x${index}`, { ...FIRST, held: 1, sealed: false })
    const value = encodeMembers({ members: [A, B, C], ...FOUNDING, floor: 0 })
    const found = { kind: 'accept', view: 0, epoch: SUCCESSOR, ballot: 1, value } as const
    expect(() => take(found, B, '0xnew')).toThrow(expect.objectContaining({ code: 'storage_full' }))
    expect(FOUNDINGS.burst).toBeLessThan(MAX_LOGS_PER_ADDRESS)
  })
})

it('a log whose majority is gone for good goes on with what is left, and who comes back follows', async () => {
  const model = new Model(5, randomFrom(7), { loss: 0, duplicate: 0, delay: 4 })
  const keys = model.nodes.map(({ key }) => key)
  const at = (index: number) => model.nodes[index] as Model['nodes'][number]
  model.homes = keys.slice(0, 3)
  model.witnesses = [keys]
  const append = async (index: number, epoch: number, value: string) => {
    const done = at(index).member.append(GROUP, epoch, utf8(value), FOUNDING)
    done.catch(() => {})
    await model.run(5_000)
    return done
  }
  await append(0, 0, 'kept')
  for (const index of [1, 2]) model.crash(at(index))
  model.homes = [keys[3] ?? '', keys[0] ?? '', keys[4] ?? '']
  await expect(append(0, 1, 'x')).rejects.toMatchObject({ code: 'offline' })
  for (let round = 0; round < 4; round++) {
    for (const index of [0, 3, 4]) void tend(at(index).ports, at(index).member, GROUP, (_, row) => row.number === 1)
    await model.run(1_000)
  }
  // What was begun and kept is finished.
  expect(await append(3, 1, 'new')).toEqual({ kind: 'decided', value: utf8('x') })
  expect(await append(4, 0, 'other')).toEqual({ kind: 'decided', value: utf8('kept') })
  model.restart(at(1))
  expect(await append(1, 2, 'late')).toMatchObject({ kind: 'elsewhere', members: model.homes })
  model.restart(at(2))
  expect(await append(2, 1, 'later')).toMatchObject({ kind: 'elsewhere', members: model.homes })
})

it('a member that comes back to lost fellows asks those who may keep the log by now, and goes on alone only where nobody does', async () => {
  const model = new Model(6, randomFrom(11), { loss: 0, duplicate: 0, delay: 4 })
  const keys = model.nodes.map(({ key }) => key)
  const at = (index: number) => model.nodes[index] as Model['nodes'][number]
  const append = async (index: number, epoch: number, value: string) => {
    const done = at(index).member.append(GROUP, epoch, utf8(value), FOUNDING)
    done.catch(() => {})
    await model.run(5_000)
    return done
  }
  const tendAll = async (indexes: readonly number[], isLost = (_: string, __: LogRow) => false) => {
    for (let round = 0; round < 6; round++) {
      for (const index of indexes) void tend(at(index).ports, at(index).member, GROUP, isLost).catch(() => {})
      await model.run(1_000)
    }
  }
  model.homes = keys.slice(0, 3)
  model.witnesses = [keys]
  await append(0, 0, 'old')
  model.crash(at(2))
  model.homes = keys.slice(3)
  await tendAll([0, 1, 3, 4, 5])
  expect(await append(3, 1, 'new')).toMatchObject({ kind: 'decided', value: utf8('new') })
  // The others left for good, the third comes back and knows of them alone; of those who keep the log it reaches nobody yet.
  for (const index of [0, 1]) model.crash(at(index))
  model.restart(at(2))
  model.witnesses = [keys.slice(2)]
  for (const index of [3, 4, 5]) model.sides.set(keys[index] ?? '', 1)
  await tendAll([2], () => true)
  expect(at(2).tables.row(GROUP)?.number).toBe(1)
  model.sides.clear()
  await tendAll([2], (_, row) => row.members.includes(keys[0] ?? ''))
  expect(at(3).tables.row(GROUP)).toMatchObject({ number: 2, held: 2 })
  expect(await append(4, 1, 'other')).toEqual({ kind: 'decided', value: utf8('new') })
  expect(at(2).tables.row(GROUP)?.number).toBe(2)
})

it('questions and answers come through their frames as they were', () => {
  const asks: Ask[] = [
    prepare(3),
    prepare(3, SUCCESSOR),
    accept(0, 'x', 7),
    { kind: 'decided', view: 1, epoch: 2, value: utf8('y') },
    { kind: 'adopt', view: FIRST },
    { kind: 'pull', view: 2, from: 5 },
    { kind: 'heads', view: 2, from: 0 },
    { kind: 'renew', view: 2, ready: true },
    { kind: 'idle', view: 2 },
    { kind: 'newer', view: 2 },
    { kind: 'find' },
  ]
  for (const ask of asks) {
    const frame = decodeFrame(encodeFrame('logAsk', 1, { group: GROUP, ask: encodeAsk(ask) }))
    expect(frame.name === 'logAsk' && decodeAsk(frame.body.ask)).toEqual(ask)
  }
  const slot = { epoch: 1, view: 0, ballot: -1, value: utf8('x'), decided: true }
  const answers: Answer[] = [
    { kind: 'promised', accepted: undefined },
    { kind: 'promised', accepted: { view: 1, ballot: 0, value: utf8('x') } },
    { kind: 'refused', promised: 4 },
    { kind: 'decided', value: utf8('x') },
    { kind: 'view', view: FIRST, held: true },
    { kind: 'page', started: true, slots: [slot], next: 2, used: 7 },
    { kind: 'page', started: false, slots: [], next: undefined, used: 0 },
    { kind: 'heads', epochs: [{ epoch: 3, decided: false }] },
    ...(['accepted', 'sealed', 'joining', 'unknown', 'done'] as const).map((kind) => ({ kind })),
  ]
  for (const answer of answers) {
    const frame = decodeFrame(encodeFrame('logAnswer', 1, { answer: encodeAnswer(answer) }))
    expect(frame.name === 'logAnswer' && decodeAnswer(frame.body)).toEqual(answer)
  }
  const nobody = { kind: 'adopt', view: { ...FIRST, members: [] } } as const
  expect(() => decodeAsk(roundTrip(nobody))).toThrow(expect.objectContaining({ code: 'invalid_params' }))
})

function roundTrip(ask: Ask) {
  const frame = decodeFrame(encodeFrame('logAsk', 1, { group: GROUP, ask: encodeAsk(ask) }))
  if (frame.name !== 'logAsk') throw new Error('another frame')
  return frame.body.ask
}

function blank(epoch: number) {
  const never = { promisedView: 0, promised: -1, acceptedView: 0, accepted: -1 }
  return { epoch, ...never, value: undefined, decided: false }
}
