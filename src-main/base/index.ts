/**
 * What every layer needs and no layer owns: bytes, time, what happened lately, budgets, randomness, events, secrets, folders, log.
 *
 *   const cancel = systemClock.after(1000, () => log.info({}, 'a second has passed'))
 */
export { backoff } from './backoff.ts'
export { compare, concat, equal, fromHex, toHex, utf8 } from './bytes.ts'
export { type Clock, sleep, systemClock } from './clock.ts'
export { DailyBudget, DAY_MS } from './daily-budget.ts'
export { deadline } from './deadline.ts'
export { Emitter } from './emitter.ts'
export { makeFolder, makeFolderSync } from './folder.ts'
export { HourSums, type Traffic } from './hour-sums.ts'
export { Lately } from './lately.ts'
export { createLog, type Log, silentLog } from './log.ts'
export { SerialQueue } from './queue.ts'
export { type Random, systemRandom } from './random.ts'
export { Secret, SecretText } from './secret.ts'
