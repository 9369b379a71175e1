import { backoff, type Clock, type Log, type Random, sleep, toHex } from '../base/index.ts'
import { toParleyError } from '../contract/index.ts'

/**
 * A device keeps the keys of the last four epochs. So many steps are taken at once within a minute; whoever is farther behind
 * was away, and what is still on its way to it is of every epoch between: each further step waits until nothing more came.
 */
const FREE_STEPS = 2
const FREE_MS = 60_000
const QUIET_MS = 1000
/** A conversation that never pauses does not keep its keys for ever. */
const MOST_QUIET_MS = 10_000
/** A log that cannot be asked: for about ten minutes in all, while messages of the next epoch wait. */
const RETRY_FIRST_MS = 500
const RETRY_MOST_MS = 60_000
const RETRIES = 15
/** Groups whose steps are remembered. */
const MOST_REMEMBERED = 1000

export interface KeyFollowerParts {
  /** As `Sessions.advance`. */
  advance(groupId: Uint8Array): Promise<boolean>
  /** The group went one epoch forward: what waited may be readable. */
  onStep(): void
  /** When a message was read last. */
  lastReadAt(): number
  clock: Clock
  random: Random
  log: Log
}

/** Follows the logs of key updates, epoch by epoch, so that nothing that is still on its way becomes unreadable. */
export class KeyFollower {
  readonly #parts: KeyFollowerParts
  readonly #runs = new Map<string, { done: Promise<void>; again: boolean }>()
  readonly #steps = new Map<string, number[]>()
  #running = true

  constructor(parts: KeyFollowerParts) {
    this.#parts = parts
  }

  /** Resolves when the log has nothing more, or could not be asked for long. */
  follow(groupId: Uint8Array): Promise<void> {
    const key = toHex(groupId)
    const run = this.#runs.get(key)
    if (run) {
      run.again = true
      return run.done
    }
    const begun = { done: Promise.resolve(), again: true }
    this.#runs.set(key, begun)
    begun.done = this.#run(groupId, key, begun)
    return begun.done
  }

  /** `group` in hex. */
  isFollowing(group: string): boolean {
    return this.#runs.has(group)
  }

  /** When it went forward last, in ms of the steady clock; -Infinity where it did not lately. */
  steppedAt(group: string): number {
    return this.#steps.get(group)?.at(-1) ?? -Infinity
  }

  stop(): void {
    this.#running = false
  }

  async #run(groupId: Uint8Array, key: string, run: { again: boolean }): Promise<void> {
    const { clock, random, log } = this.#parts
    let failures = 0
    while (this.#running && run.again) {
      run.again = false
      try {
        await this.#pace(key)
        if (!this.#running || !(await this.#parts.advance(groupId))) continue
        this.#note(key)
        run.again = true
        failures = 0
        this.#parts.onStep()
      } catch (thrown) {
        const { code } = toParleyError(thrown)
        if (!this.#running || code === 'not_found' || failures >= RETRIES) break
        log.warn({ code }, 'new keys of a conversation could not be fetched')
        await sleep(clock, backoff(failures++, RETRY_FIRST_MS, RETRY_MOST_MS, random))
        run.again = true
      }
    }
    // In the same turn as the last look at `again`: whoever asks from now on begins anew.
    this.#runs.delete(key)
  }

  async #pace(key: string): Promise<void> {
    const { clock, lastReadAt } = this.#parts
    const since = clock.steady()
    const steps = (this.#steps.get(key) ?? []).filter((at) => since - at < FREE_MS)
    const last = steps.at(-1) ?? -Infinity
    if (steps.length < FREE_STEPS) return
    for (;;) {
      const now = clock.steady()
      const quiet = Math.max(last, lastReadAt()) + QUIET_MS - now
      if (!this.#running || quiet <= 0 || now - since >= MOST_QUIET_MS) return
      await sleep(clock, Math.min(quiet, QUIET_MS))
    }
  }

  #note(key: string): void {
    if (this.#steps.size >= MOST_REMEMBERED) this.#steps.clear()
    const steps = this.#steps.get(key) ?? []
    this.#steps.set(key, [...steps, this.#parts.clock.steady()].slice(-FREE_STEPS))
  }
}
