import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canMakeFaultLab, FaultLab, mountSmallDisk } from './fault-lab.ts'
import { run } from './namespaces.ts'

const canMake = await canMakeFaultLab()
const HOSTS = [0, 1, 2]

describe.runIf(canMake)('a lab', () => {
  let lab: FaultLab
  let places: Awaited<ReturnType<FaultLab['host']>>[]
  beforeAll(async () => {
    lab = await FaultLab.create()
    places = []
    for (const host of HOSTS) places.push(await lab.host(host))
  })
  afterAll(() => lab.close())

  const reach = (one: number, other: number) => Promise.all([lab.reaches(one, other), lab.reaches(other, one)])
  const heal = async () => {
    for (const host of HOSTS) await lab.heal(host)
    await expect.poll(() => reach(0, 1), { timeout: 10_000 }).toEqual([true, true])
  }

  it('parts two machines in both directions, whichever way, until they are healed', async () => {
    expect(await reach(0, 1)).toEqual([true, true])
    const ways = [
      () => lab.plug(0, 'down'),
      () => lab.plug(1, 'down'),
      () => lab.cut(0, 1),
      () => lab.cut(1, 0),
      () => lab.part([0], [1, 2]),
    ]
    for (const part of ways) {
      await part()
      expect(await reach(0, 1)).toEqual([false, false])
      await heal()
    }
    await lab.part([0], [1])
    expect(await reach(0, 2)).toEqual([true, true])
    await heal()
  }, 60_000)

  it('loses long packets alone, and counts them', async () => {
    await lab.loseLong(0, 1)
    expect([await reach(0, 1), await lab.lost(1)]).toEqual([[true, true], 0])
    const [from, to] = places
    const send = `require('node:dgram').createSocket('udp4').send(Buffer.alloc(1_400), 9, '${to?.address}', () => process.exit())`
    await run('ip', [...(from?.prefix.slice(1) ?? []), process.execPath, '-e', send])
    expect(await lab.lost(1)).toBe(1)
    await heal()
    expect(await lab.lost(1)).toBe(0)
  }, 60_000)
})

it.runIf(canMake)('a small disk takes what fits and no more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-small-disk-'))
  const unmount = await mountSmallDisk(folder, 1 << 20)
  try {
    await writeFile(join(folder, 'half'), new Uint8Array(1 << 19))
    await expect(writeFile(join(folder, 'whole'), new Uint8Array(1 << 20))).rejects.toMatchObject({ code: 'ENOSPC' })
  } finally {
    await unmount()
    await rm(folder, { recursive: true })
  }
})
