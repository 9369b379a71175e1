/** The index knows runs of three letters: a shorter word finds nothing in it. */
const MIN_LETTERS = 3
/** More words do not narrow a search, they only cost. */
const MAX_WORDS = 8
const MAX_QUERY = 200

/**
 * What a person typed as an FTS5 query: every word of three letters or more must occur, in any order, anywhere in a word.
 * Undefined where no word is long enough. Nothing of FTS5's own syntax gets through.
 */
export function searchQuery(text: string): string | undefined {
  const words = text
    .slice(0, MAX_QUERY)
    .split(/[\s\0]+/)
    .filter((word) => [...word].length >= MIN_LETTERS)
    .slice(0, MAX_WORDS)
  return words.length === 0 ? undefined : words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' AND ')
}
