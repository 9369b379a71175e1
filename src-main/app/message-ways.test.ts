import { expect, test } from 'vitest'
import { MessageWays } from './message-ways.ts'

test('a message counts once, by the way of its first copy', () => {
  const ways = new MessageWays()
  ways.went('one', 'stored')
  ways.went('one', 'relayed')
  ways.went('two', 'direct')
  expect(ways.counts).toEqual({ direct: 1, relayed: 0, stored: 1 })
})
