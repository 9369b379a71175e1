/** Degrees from the first hue: a neighbour and a near opposite, so that each address has a palette and not a rainbow. */
const HUE_STEPS = [0, 50, 165]
const HUE_PLAY = 40

/**
 * A soft picture of an address as a CSS background: a cone of three hues under one light spot, all taken from the
 * address's own digits, so that any change of a digit changes it. A help for the eye; the digits decide.
 */
export function identicon(address: string): string {
  const next = numbers(address)
  const turn = Math.round(next() * 360)
  const base = next() * 360
  const hues = HUE_STEPS.map((step) => base + step + next() * HUE_PLAY)
  const colours = hues.map((hue) => colour(hue, 72 + next() * 24, 72 + next() * 10))
  const spot = colour(base + 240 + next() * 90, 92, 88)
  const x = Math.round(18 + next() * 64)
  const y = Math.round(18 + next() * 64)
  const size = Math.round(24 + next() * 22)
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
