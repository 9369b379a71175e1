import { type ErrorCode, ParleyError } from '../contract/index.ts'

/**
 * Why a group could not take a message or make one:
 * - `ahead`: it is from an epoch that this device has not reached; keep it until the commit came
 * - `stale`: it is from an epoch whose keys are gone, or a commit for an epoch that has passed
 * - `replay`: its key was used already (a repeat), or it is older than the keys that are kept
 * - `gap`: so many messages before it are missing that its key is not derived
 * - `removed`: this device is no member any more
 * - `state_lost`: the stored state cannot be read; only a new group helps
 */
export type MlsReason = 'ahead' | 'stale' | 'replay' | 'gap' | 'removed' | 'state_lost'

const sentences: Record<MlsReason, string> = {
  ahead: 'This message is from a later state of the conversation than this device has reached.',
  stale: 'This message is from a state of the conversation that has passed.',
  replay: 'This message was read already.',
  gap: 'Too many messages before this one are missing.',
  removed: 'This device was removed from the conversation.',
  state_lost: 'The keys of this conversation cannot be read on this device.',
}

/** A `conflict` with its reason, so that the caller can wait, drop or ask for a new group. */
export class MlsError extends ParleyError {
  override readonly reason: MlsReason

  constructor(reason: MlsReason, options: { cause?: unknown } = {}) {
    super('conflict', sentences[reason], options)
    this.reason = reason
  }
}

/** The reason of an MlsError, undefined for everything else. */
export function mlsReason(error: unknown): MlsReason | undefined {
  return error instanceof MlsError ? error.reason : undefined
}

// ts-mls 1.6.4 tells these apart by their text only; the tests of mls-groups prove each.
const reasons: [RegExp, MlsReason][] = [
  [/gen in the past/, 'replay'],
  [/too far in the future/, 'gap'],
  [/epoch too old|former epoch|Could not validate epoch/, 'stale'],
  [/after being removed/, 'removed'],
]

/** Turns whatever ts-mls threw over input from outside into a ParleyError; one of ours stays. */
export function mlsFault(thrown: unknown): ParleyError {
  if (thrown instanceof ParleyError) return thrown
  const { name, message } = thrown instanceof Error ? thrown : { name: '', message: '' }
  const reason = reasons.find(([pattern]) => pattern.test(message))?.[1]
  if (reason) return new MlsError(reason, { cause: thrown })
  const code: ErrorCode = /^Crypto/.test(name) || /verify/.test(message) ? 'bad_signature' : 'invalid_params'
  return new ParleyError(code, 'This message of the conversation cannot be read.', { cause: thrown })
}
