const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const
const STEP = 1000

/** The power of a thousand in which a number of bytes reads best. */
function stepOf(bytes: number): number {
  let step = 0
  // What would be rounded up to a thousand of a unit is one of the next.
  while (step < UNITS.length - 1 && bytes / STEP ** step >= STEP - 0.5) step++
  return step
}

function digits(bytes: number, step: number, locale: string): string {
  const value = bytes / STEP ** step
  return new Intl.NumberFormat(locale, { maximumFractionDigits: step === 0 || value >= 100 ? 0 : 1 }).format(value)
}

/** Bytes as a person reads them, in units of a thousand: "9.8 MB". The space does not break. */
export function formatBytes(bytes: number, locale: string): string {
  const step = stepOf(bytes)
  return `${digits(bytes, step, locale)}\u00a0${UNITS[step]}`
}

/** A part in the unit of the whole, without it, so that both can be compared: "9.8" of "10 MB". */
export function formatPart(bytes: number, whole: number, locale: string): string {
  return digits(bytes, stepOf(whole), locale)
}
