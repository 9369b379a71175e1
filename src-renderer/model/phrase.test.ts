import { expect, test } from 'vitest'
import { askedPlaces, isPhraseWord, splitPhrase } from './phrase.ts'

test('a pasted phrase is split whatever stands between its words', () => {
  expect(splitPhrase(' 1. abandon, 2) Ability\n\table ')).toEqual(['abandon', 'ability', 'able'])
})

test('a word outside the list is told', () => {
  expect(isPhraseWord('Abandon ')).toBe(true)
  expect(isPhraseWord('abandom')).toBe(false)
})

test('three different places are asked for, in order', () => {
  const fractions = [0.9, 0.9, 0.1, 0.5]
  expect(askedPlaces(24, 3, () => fractions.shift() ?? 0)).toEqual([2, 12, 21])
})
