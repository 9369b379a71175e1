import { shownType } from '../objects/index.ts'

const DECIMALS = 9
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** NANOS as IOTA, exact, with two decimals at least: `1,234.50`. A minus is the typographic one. */
export function iota(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos
  const digits = size.toString().padStart(DECIMALS + 1, '0')
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '').padEnd(2, '0')
  return `${nanos < 0n ? '−' : ''}${grouped(digits.slice(0, -DECIMALS))}.${fraction}`
}

/** `+` in front of what comes in. */
export function signedIota(nanos: bigint): string {
  return nanos > 0n ? `+${iota(nanos)}` : iota(nanos)
}

/** A whole number with thousands apart. */
export function grouped(number: string | number | bigint): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 coin`, `5 coins`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`
}

/** `0x8f3a…c21e`. */
export function short(text: string): string {
  return text.length > 12 ? `${text.slice(0, 6)}…${text.slice(-4)}` : text
}

/** `21 Nov 2026, 06:12:33 UTC`: the same for whoever looks, since a page without scripts cannot know a time zone. */
export function moment(time: number): string {
  const [, date, clock] = /^\w+, (\d+ \w+ \d+) ([\d:]+)/.exec(new Date(time).toUTCString()) ?? []
  return `${date?.replace(/^0/, '') ?? ''}, ${clock ?? ''} UTC`
}

/** How long ago, in the unit that matters; a date after a week. */
export function ago(time: number, now: number): string {
  const passed = now - time
  if (passed < 5 * SECOND) return 'just now'
  if (passed >= 7 * DAY) return moment(time)
  return `${duration(passed)} ago`
}

export function duration(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`
  return counted(Math.floor(ms / DAY), 'day')
}

export function bytes(length: number): string {
  return counted(length, 'byte')
}

/** The last names of a Move type, without the addresses: `Coin<IOTA>`. */
export function typeName(type: string): string {
  return shownType(type).replace(/0x[0-9a-f]+::\w+::/g, '')
}
