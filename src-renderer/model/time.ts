const DAY_MS = 86_400_000

/** Making a formatter costs a hundred times what using it does, and a long list uses it for every row. */
const formatters = new Map<string, Intl.DateTimeFormat>()
function format(locale: string, kind: string, options: Intl.DateTimeFormatOptions, at: number): string {
  const key = `${locale} ${kind}`
  const formatter = formatters.get(key) ?? new Intl.DateTimeFormat(locale, options)
  formatters.set(key, formatter)
  return formatter.format(at)
}

/** `14:07` */
export function clockTime(at: number, locale: string): string {
  return format(locale, 'clock', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, at)
}

/** Whole calendar days between two times in the local zone: 0 is the same day, 1 the day before. */
export function daysBetween(at: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS)
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

export interface DayWords {
  today: string
  yesterday: string
}

/** For a list: the time today, then "Yesterday", the weekday within a week, and the date before that. */
export function listTime(at: number, now: number, locale: string, words: DayWords): string {
  const days = daysBetween(at, now)
  if (days <= 0) return clockTime(at, locale)
  if (days === 1) return words.yesterday
  if (days < 7) return format(locale, 'weekday', { weekday: 'short' }, at)
  return format(locale, 'date', { day: '2-digit', month: '2-digit', year: '2-digit' }, at)
}

/** For a separator between days: "Today", "Yesterday", or the day in words. */
export function dayTitle(at: number, now: number, locale: string, words: DayWords): string {
  const days = daysBetween(at, now)
  if (days <= 0) return words.today
  if (days === 1) return words.yesterday
  return format(locale, 'day', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }, at)
}

/** Date and time in full, for details. */
export function fullTime(at: number, locale: string): string {
  return format(locale, 'full', { dateStyle: 'medium', timeStyle: 'short' }, at)
}

const MINUTE_MS = 60_000
const SECOND_MS = 1_000
const HOUR_MS = 3_600_000

/** How long something is, in the unit in which it reads best: "5 seconds", "1 minute", "119 minutes", "2 hours", "400 days". */
export function spanWords(ms: number, locale: string): string {
  const minutes = Math.round(ms / MINUTE_MS)
  const hours = Math.round(ms / HOUR_MS)
  const [value, unit] =
    ms < MINUTE_MS
      ? [Math.ceil(ms / SECOND_MS), 'second']
      : minutes < 120
        ? [minutes, 'minute']
        : hours < 48
          ? [hours, 'hour']
          : [Math.round(ms / DAY_MS), 'day']
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}
