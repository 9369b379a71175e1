import type { SignalBodyValue } from '../wire/index.ts'
import { withoutAddresses } from './sdp.ts'

const RELAY = /^((?:a=)?candidate:.* typ relay)(?: .*)?$/i

/**
 * What may leave this device: the one place through which every signal goes. Descriptions never carry an address. Unless
 * `direct`, the only candidates that leave are relays of TURN servers, without the address that they stand for (`raddr`).
 * Undefined where nothing is left to say.
 */
export function permitted(body: SignalBodyValue, direct: boolean): SignalBodyValue | undefined {
  if ('Offer' in body && body.Offer) return { Offer: { sdp: withoutAddresses(body.Offer.sdp) } }
  if ('Answer' in body && body.Answer) return { Answer: { sdp: withoutAddresses(body.Answer.sdp) } }
  if (direct || ('Bye' in body && body.Bye)) return body
  if ('Candidates' in body && body.Candidates) {
    const candidates = [...body.Candidates.candidates].flatMap(({ candidate, mid }) => {
      const relay = RELAY.exec(candidate)?.[1]
      return relay === undefined ? [] : [{ candidate: relay, mid }]
    })
    return candidates.length > 0 ? { Candidates: { candidates } } : undefined
  }
  if ('WholeOffer' in body && body.WholeOffer) {
    const candidates = [...body.WholeOffer.candidates].filter(({ kind }) => 'Relay' in kind)
    return { WholeOffer: { ...body.WholeOffer, candidates } }
  }
  if ('WholeAnswer' in body && body.WholeAnswer) {
    const candidates = [...body.WholeAnswer.candidates].filter(({ kind }) => 'Relay' in kind)
    return { WholeAnswer: { ...body.WholeAnswer, candidates } }
  }
  return undefined
}
