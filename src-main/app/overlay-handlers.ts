import { type Handlers, ParleyError } from '../contract/index.ts'

export type OverlayHandlers = Pick<
  Handlers,
  'network.usage' | 'network.creditCost' | 'network.openCredit' | 'network.closeCredit'
>

/** Usage of the overlay and paying for it. */
export function overlayHandlers(): OverlayHandlers {
  const notYet = async () => {
    throw new ParleyError('not_supported', 'Paying nodes is not possible yet.')
  }
  return {
    'network.usage': notYet,
    'network.creditCost': notYet,
    'network.openCredit': notYet,
    'network.closeCredit': notYet,
  }
}
