import { describe, expect, it } from 'vitest'
import { utf8 } from '../../base/index.ts'
import { FORGET_LOG_MS } from './constants.ts'
import { FOUNDING } from './testing/founding.ts'
import { GROUP, Model, randomFrom } from './testing/model.ts'

describe('a log that nobody has written to for half a year', () => {
  const model = () => {
    const made = new Model(3, randomFrom(5), { loss: 0, duplicate: 0, delay: 4 })
    made.homes = made.nodes.map(({ key }) => key)
    made.witnesses = [[...made.homes]]
    const at = (index: number) => made.nodes[index] as Model['nodes'][number]
    const append = async (index: number, epoch: number, value: string) => {
      const done = at(index).member.append(GROUP, epoch, utf8(value), FOUNDING)
      done.catch(() => {})
      await made.run(5_000)
      return done
    }
    const truncate = async (index: number) => {
      void made.truncate(at(index))
      for (let round = 0; round < 4; round++) {
        await made.run(1_000)
        for (const node of made.nodes) void made.tend(node)
      }
      await made.run(1_000)
    }
    const entries = () =>
      made.nodes.map(({ tables }) => tables.slots(GROUP, 0, 9).map(({ value }) => Buffer.from(value ?? []).toString()))
    return { made, at, append, truncate, entries }
  }

  it('is given up by all its members together, for good, and goes on behind it', async () => {
    const { made, at, append, truncate, entries } = model()
    for (const epoch of [0, 1]) await append(0, epoch, `e${epoch}`)
    await truncate(1)
    expect(entries()).toEqual(Array(3).fill(['e0', 'e1']))
    for (const node of made.nodes) node.ahead = 2 * FORGET_LOG_MS
    // One that is away meanwhile still has everything, and is not followed when it is back.
    made.crash(at(2))
    await truncate(1)
    expect(entries()).toEqual([[], [], ['e0', 'e1']])
    made.crash(at(0))
    made.restart(at(2))
    await truncate(2)
    expect(entries()[2]).toEqual([])
    await expect(append(2, 1, 'other')).rejects.toMatchObject({ code: 'not_found' })
    expect(await append(2, 2, 'e2')).toEqual({ kind: 'decided', value: utf8('e2') })
    made.restart(at(0))
    await expect(append(0, 0, 'other')).rejects.toMatchObject({ code: 'not_found' })
    void at(0).member.catchUp(GROUP)
    await made.run(1_000)
    expect(entries()).toEqual(Array(3).fill(['e2']))
    expect(made.nodes.map(({ tables }) => tables.row(GROUP)?.floor)).toEqual([2, 2, 2])
  })

  it('is kept by all while a majority knows of something newer, whatever the clock of one says', async () => {
    const { at, append, truncate, entries } = model()
    await append(0, 0, 'e0')
    at(1).ahead = 2 * FORGET_LOG_MS
    await truncate(1)
    expect(entries()).toEqual(Array(3).fill(['e0']))
    for (const index of [0, 1, 2]) at(index).ahead = 2 * FORGET_LOG_MS
    await append(2, 1, 'e1')
    await truncate(1)
    expect(entries()).toEqual(Array(3).fill(['e0', 'e1']))
  })

  it('is idle for those too to whom it moved in between', async () => {
    const { made, at, append, truncate, entries } = model()
    await append(0, 0, 'e0')
    for (const node of made.nodes) node.ahead = FORGET_LOG_MS / 2
    made.homes.reverse().splice(2, 1)
    made.homes.push(at(0).key)
    void at(0).member.change(GROUP)
    for (let round = 0; round < 4; round++) {
      await made.run(1_000)
      for (const node of made.nodes) void made.tend(node)
    }
    expect(made.nodes.map(({ tables }) => tables.row(GROUP)?.held)).toEqual([2, 2, 2])
    for (const node of made.nodes) node.ahead = FORGET_LOG_MS + 100_000
    await truncate(2)
    expect(entries()).toEqual([[], [], []])
  })
})
