import { ParleyError } from '../../contract/index.ts'
import type { LinkBody, LinkInput } from '../../wire/index.ts'
import type { Answer, Ask, View } from './core/types.ts'

type WireAsk = LinkInput<'logAsk'>['ask']
type WireAnswer = LinkInput<'logAnswer'>['answer']

/** A question as its frame has it. */
export function encodeAsk(ask: Ask): WireAsk {
  const { kind, ...body } = ask
  return { [kind]: kind === 'find' ? true : body } as never
}

/** Throws `invalid_params` for a view that names nobody, or somebody twice. */
export function decodeAsk(ask: LinkBody<'logAsk'>['ask']): Ask {
  if (ask.$kind === 'find') return { kind: 'find' }
  const body = (ask as unknown as Record<string, object>)[ask.$kind]
  if (ask.$kind === 'adopt') requireView(ask.adopt.view)
  return { kind: ask.$kind, ...body } as Ask
}

export function encodeAnswer(answer: Answer): WireAnswer {
  switch (answer.kind) {
    case 'promised':
      return { promised: { accepted: answer.accepted ?? null } }
    case 'page':
      return { page: { started: answer.started, slots: answer.slots, next: answer.next ?? null, used: answer.used } }
    case 'refused':
      return { refused: { promised: Math.max(0, answer.promised) } }
    case 'decided':
      return { decided: { value: answer.value } }
    case 'view':
      return { view: { view: mutable(answer.view), held: answer.held } }
    case 'heads':
      return { heads: { epochs: answer.epochs } }
    case 'bound':
      throw new ParleyError('internal', 'This answer is for the node itself.')
    default:
      return { [answer.kind]: true } as never
  }
}

/** Throws `invalid_params` as `decodeAsk` does. */
export function decodeAnswer({ answer }: LinkBody<'logAnswer'>): Answer {
  switch (answer.$kind) {
    case 'promised':
      return { kind: 'promised', accepted: answer.promised.accepted ?? undefined }
    case 'page':
      return { kind: 'page', ...answer.page, next: answer.page.next ?? undefined }
    case 'refused':
      return { kind: 'refused', ...answer.refused }
    case 'decided':
      return { kind: 'decided', ...answer.decided }
    case 'view':
      requireView(answer.view.view)
      return { kind: 'view', ...answer.view }
    case 'heads':
      return { kind: 'heads', ...answer.heads }
    default:
      return { kind: answer.$kind }
  }
}

function mutable(view: View) {
  return { ...view, members: [...view.members], previous: [...view.previous] }
}

function requireView({ number, after, members }: View): void {
  if (number > after && members.length > 0 && new Set(members).size === members.length) return
  throw new ParleyError('invalid_params', "The log's members cannot be used.")
}
