import { expect, test } from 'vitest'
import { replaces } from './people.ts'

const devices = ['a1', 'a2', 'b1']
const group = (groupId: string, creator: string, generation: number, creatorDevice: string) => ({
  groupId,
  ...{ creator, generation, creatorDevice },
})
type Group = ReturnType<typeof group>

/** The one that is active in the end, where they are heard of in this order. */
function last(order: Group[]): string | undefined {
  let active: Group | undefined
  for (const joined of order) if (replaces(joined, active && { ...active, devices })) active = joined
  return active?.groupId
}
function orders(of: Group[]): Group[][] {
  if (of.length < 2) return [of]
  return of.flatMap((one, at) => orders(of.toSpliced(at, 1)).map((rest) => [one, ...rest]))
}

test('whatever the order in which groups are heard of, all devices come to the same', () => {
  const rivals = [
    group('07', 'Bob', 1, 'b1'),
    group('05', 'Alice', 2, 'a2'),
    group('04', 'Alice', 2, 'a1'),
    group('01', 'Bob', 2, 'b1'),
    group('00', 'Alice', 1, 'a1'),
  ]
  expect(new Set(orders(rivals).map(last))).toEqual(new Set(['04']))
})

test('a group that knew of the one before wins, also of the higher address; one begun at the same time does not', () => {
  expect(last([group('05', 'Alice', 3, 'a1'), group('09', 'Bob', 4, 'b1')])).toBe('09')
  expect(last([group('05', 'Alice', 3, 'a1'), group('02', 'Bob', 3, 'b1')])).toBe('05')
})

test('who begins anew on another device is followed, and cannot call itself newer than it is', () => {
  expect(last([group('05', 'Alice', 3, 'a1'), group('06', 'Bob', 0, 'b9')])).toBe('06')
  expect(last([group('05', 'Alice', 3, 'a1'), group('06', 'Bob', 2, 'b9')])).toBe('05')
  expect(last([group('05', 'Alice', 3, 'a1'), group('06', 'Bob', 0, 'b1')])).toBe('05')
})
