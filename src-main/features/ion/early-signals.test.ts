import { expect, test } from 'vitest'
import type { DeviceCertificate } from '../../wire/index.ts'
import { EarlySignals } from './early-signals.ts'

const signal = (byte: number) => ({ sender: {} as DeviceCertificate, bytes: Uint8Array.of(byte), sentAt: 0 })

test('the last signal of each is kept, given once, and a crowd takes no place from who is there', () => {
  const early = new EarlySignals()
  early.keep('0xb0b', signal(1))
  for (let index = 0; index < 1_000; index++) early.keep(`0x${index}`, signal(3))
  early.keep('0xb0b', signal(2))
  expect(early.take('0xb0b')).toEqual(signal(2))
  expect(early.take('0xb0b')).toBeUndefined()
  const others = Array.from({ length: 1_000 }, (_, index) => early.take(`0x${index}`))
  expect(others.filter(Boolean)).toHaveLength(99)
})
