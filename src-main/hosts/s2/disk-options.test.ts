import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../overlay/index.ts'
import { readDisk } from './disk-options.ts'

describe('the disk that a node may take', () => {
  it('is what the limits say unless told, and scales all of them', () => {
    expect(readDisk(undefined)).toBeUndefined()
    expect(readDisk('25')?.kept).toEqual(defaultLimits.kept)
    const small = readDisk('5')?.kept
    expect(small).toMatchObject({ devices: 40_000, revocations: 40_000, accepted: 1_000_000 })
    expect(small?.mailBytes).toBe(Math.ceil(defaultLimits.kept.mailBytes / 5))
  })

  it.each(['0', '-1', '1.5', 'all', '', '100001'])('is not “%s”', (text) => {
    expect(() => readDisk(text)).toThrow(expect.objectContaining({ code: 'invalid_params' }))
  })
})
