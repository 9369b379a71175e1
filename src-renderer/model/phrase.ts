import { wordlist } from '@scure/bip39/wordlists/english.js'

const known = new Set(wordlist)

/** The words of a pasted phrase, without numbers, commas or line breaks between them. */
export function splitPhrase(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
}

/** Whether a word is in the list of BIP-39. */
export function isPhraseWord(word: string): boolean {
  return known.has(word.trim().toLowerCase())
}

/** `count` different places of the phrase, in rising order, to ask for. `random` gives fractions in [0, 1). */
export function askedPlaces(length: number, count: number, random: () => number): number[] {
  const places = new Set<number>()
  while (places.size < Math.min(count, length)) places.add(Math.floor(random() * length))
  return [...places].sort((a, b) => a - b)
}
