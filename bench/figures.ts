/** One measured figure; `goal` is shown beside it and never decides anything by itself. */
export interface Figure {
  name: string
  value: number
  unit: 'ms' | 's' | 'B' | 'KB' | 'MB' | 'milli-IOTA' | 'MB/s' | 'ratio' | 'count' | '1/s' | '%'
  goal?: string
}

export function median(values: number[]): number {
  return quantile(values, 0.5)
}

/** The value below which this share of the values lies. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
