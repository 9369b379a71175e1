import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { systemRandom } from '../../../base/index.ts'
import { Journal, lockFolder } from './index.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-journal-'))
  path = join(folder, 'journal')
})
afterEach(() => rm(folder, { recursive: true }))

function record(time: number) {
  return { bytes: systemRandom.bytes(200), signatures: ['AAAA'], time, effectsDigest: `digest ${time}` }
}

/** Writes three frames of two records. */
async function written(): Promise<Buffer> {
  const { journal } = await Journal.open(path)
  for (let time = 0; time < 6; time++) {
    journal.append(record(time))
    if (time % 2 === 1) await journal.durable()
  }
  await journal.close()
  return readFile(path)
}

async function times(): Promise<number[]> {
  const { journal, records } = await Journal.open(path)
  await journal.close()
  return records.map(({ time }) => time)
}

describe('the journal', () => {
  test('gives back what was durable, in order', async () => {
    await written()
    expect(await times()).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('drops a last write that was torn anywhere, and goes on after it', async () => {
    const whole = await written()
    const frame = whole.length / 3
    for (let cut = 1; cut < frame; cut += 7) {
      await writeFile(path, whole.subarray(0, whole.length - cut))
      expect(await times()).toEqual([0, 1, 2, 3])
    }
    const { journal } = await Journal.open(path)
    journal.append(record(9))
    await journal.durable()
    await journal.close()
    expect(await times()).toEqual([0, 1, 2, 3, 9])
  })

  test('drops zeros that a power cut left at the end', async () => {
    await written()
    await appendFile(path, Buffer.alloc(4096))
    expect(await times()).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('refuses to start over damage in what was acknowledged', async () => {
    const whole = await written()
    for (let at = 0; at < (whole.length / 3) * 2; at += 11) {
      const bad = Buffer.from(whole)
      bad.writeUInt8(bad.readUInt8(at) ^ 0x20, at)
      await writeFile(path, bad)
      await expect(Journal.open(path)).rejects.toMatchObject({ code: 'storage_damaged' })
    }
  })
})

test('a data folder belongs to one living process', async () => {
  const release = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'conflict' })
  await release()
  await writeFile(join(folder, 'lock'), '999999999')
  await (
    await lockFolder(folder)
  )()
})
