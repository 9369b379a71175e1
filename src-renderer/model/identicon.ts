/** Four hues a quarter turn apart at least keep two neighbours of the wheel from melting into one. */
const STOPS = 3
const HUE_STEP = 120

/**
 * A soft picture of an address as a CSS background: a cone of three hues under one light spot, all taken from the
 * address's own digits, so that any change of a digit changes it. A help for the eye; the digits decide.
 */
export function identicon(address: string): string {
  const next = numbers(address)
  const turn = Math.round(next() * 360)
  const base = next() * 360
  const hues = Array.from({ length: STOPS }, (_, index) => (base + index * HUE_STEP + (next() - 0.5) * 80 + 360) % 360)
  const colours = hues.map((hue) => colour(hue, 72 + next() * 24, 72 + next() * 10))
  const spot = colour(base + 180 + next() * 90, 90, 86)
  const x = Math.round(18 + next() * 64)
  const y = Math.round(18 + next() * 64)
  const size = Math.round(34 + next() * 26)
  const cone = `conic-gradient(from ${turn}deg, ${[...colours, colours[0]].join(', ')})`
  return `radial-gradient(circle at ${x}% ${y}%, ${spot} 0%, transparent ${size}%), ${cone}`
}

function colour(hue: number, saturation: number, lightness: number): string {
  return `hsl(${Math.round(hue % 360)} ${Math.round(saturation)}% ${Math.round(lightness)}%)`
}

/** Fractions in [0, 1) from a text: FNV-1a to mix the digits, then xorshift32. For pictures, not for secrets. */
function numbers(text: string): () => number {
  let state = 2166136261
  for (const character of text.toLowerCase()) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16777619)
  state = state || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
