import { bcs } from '@iota/bcs'
import { ParleyError } from '../contract/index.ts'
import { decodeStrict, encode } from './codec.ts'
import { Bytes16 } from './identity.ts'
import { WholeAnswer, WholeOffer } from './ion.ts'
import { MAX_SIGNAL_BYTES } from './limits.ts'
import { boundedVector } from './vector.ts'

/** A data-channel description is about 600 bytes; with room for other stacks and certificates it stays below this. */
export const MAX_SDP_BYTES = 6 * 1024
/** A laptop with VPN, containers and two address families gathers about ten. */
export const MAX_CANDIDATES_PER_SIGNAL = 16
export const MAX_CANDIDATE_CHARACTERS = 256
export const MAX_MID_CHARACTERS = 16

const SessionDescription = bcs.struct('SessionDescription', { sdp: bcs.string() })

/** One ICE candidate as an SDP attribute value, and the media line that it belongs to. */
export const IceCandidate = bcs.struct('IceCandidate', { candidate: bcs.string(), mid: bcs.string() })
export type IceCandidateValue = typeof IceCandidate.$inferType

export const SignalBody = bcs.enum('SignalBody', {
  Offer: SessionDescription,
  Answer: SessionDescription,
  Candidates: bcs.struct('IceCandidates', { candidates: boundedVector(IceCandidate, MAX_CANDIDATES_PER_SIGNAL) }),
  /** The session is over: `Closed` on purpose, `Lost` because the sender's peer process died. */
  Bye: bcs.struct('Bye', { reason: bcs.enum('ByeReason', { Closed: null, Lost: null }) }),
  /** For ways on which every signal costs money: all of an offer, or of an answer, at once. */
  WholeOffer,
  WholeAnswer,
})
export type SignalBodyValue = typeof SignalBody.$inferInput

/** WebRTC signalling between two devices (PROTOCOL section 6). `session` is random, chosen by who offers. */
export const Signal = bcs.enum('Signal', {
  V1: bcs.struct('SignalV1', { session: Bytes16, body: SignalBody }),
})
export type SignalV1 = NonNullable<(typeof Signal.$inferType)['V1']>

/** Throws `too_large`. */
export function encodeSignal(session: Uint8Array, body: SignalBodyValue): Uint8Array<ArrayBuffer> {
  return encode(Signal, { V1: { session, body } }, MAX_SIGNAL_BYTES)
}

/** Checks form and sizes only; what a description says is checked in peer/. Throws as `decodeStrict` does. */
export function decodeSignal(bytes: Uint8Array): SignalV1 {
  const signal = decodeStrict(Signal, bytes, 'The signal', MAX_SIGNAL_BYTES).V1
  const { body } = signal
  const sdp = body.Offer?.sdp ?? body.Answer?.sdp
  if (sdp !== undefined && sdp.length > MAX_SDP_BYTES) throw new ParleyError('too_large', 'The signal is too large.')
  if (body.Candidates) checkCandidateSizes(body.Candidates.candidates)
  return signal
}

function checkCandidateSizes(candidates: IceCandidateValue[]): void {
  const fits = candidates.every(
    ({ candidate, mid }) => candidate.length <= MAX_CANDIDATE_CHARACTERS && mid.length <= MAX_MID_CHARACTERS,
  )
  if (!fits) throw new ParleyError('too_large', 'The signal has a candidate that is too long.')
}
