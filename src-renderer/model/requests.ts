import type { Message, PaymentRequest } from '../../src-main/contract/index.ts'
import type { Tone } from './states.ts'

export type RequestAction = 'pay' | 'decline' | 'cancel'

export interface RequestCard {
  /** Locale key of the line above the amount. */
  title: 'card.theyAsk' | 'card.youAsk'
  /** Locale key of the state in words. */
  state: string
  tone: Tone
  actions: readonly RequestAction[]
}

const tones: Readonly<Record<PaymentRequest['state'], Tone>> = {
  open: 'quiet',
  paying: 'warn',
  paid: 'ok',
  declined: 'bad',
  cancelled: 'quiet',
}

/** What the card of a payment request says and offers, for the one who asked and for the one who was asked. */
export function requestCard(outgoing: boolean, { state }: PaymentRequest): RequestCard {
  const side = outgoing ? 'mine' : 'theirs'
  const offered: readonly RequestAction[] = outgoing ? ['cancel'] : ['pay', 'decline']
  return {
    title: outgoing ? 'card.youAsk' : 'card.theyAsk',
    state: `card.${side}.${state}`,
    tone: tones[state],
    actions: state === 'open' ? offered : [],
  }
}

/** A message as one line of text, for the chat list and for a screen reader. */
export function requestLine({
  outgoing,
  payment,
}: Message): 'card.lineMine' | 'card.lineTheirs' | 'card.lineCancelled' {
  if (payment?.state === 'cancelled') return 'card.lineCancelled'
  return outgoing ? 'card.lineMine' : 'card.lineTheirs'
}
