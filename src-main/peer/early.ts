import type { IceCandidateValue } from '../wire/index.ts'
import { MAX_EARLY_SESSIONS } from './constants.ts'

/** Candidates that came before the offer of their session, of a few sessions. */
export class EarlyCandidates {
  readonly #bySession = new Map<string, IceCandidateValue[]>()

  /** One signal's worth is enough: the sender repeats its candidates until the path is open. */
  keep(sessionId: string, candidates: IceCandidateValue[]): void {
    const [oldest] = this.#bySession.keys()
    if (this.#bySession.size >= MAX_EARLY_SESSIONS && oldest !== undefined) this.#bySession.delete(oldest)
    this.#bySession.set(sessionId, candidates)
  }

  /** What there is for the session that begins; the rest is of no use any more. */
  take(sessionId: string): IceCandidateValue[] {
    const candidates = this.#bySession.get(sessionId) ?? []
    this.#bySession.clear()
    return candidates
  }
}
