import type { Ports } from './ports.ts'
import { type Accepted, type Answer, type Ask, majority, type View } from './types.ts'

/** Ballots that are tried for one decision before the caller is told that it did not come about. */
const MAX_BALLOTS = 12
/** Of these, those in which too few answered at all: each costs a silent node's whole time. */
const MAX_SILENT = 3

/** Who decides: the members of a view, or before there is one, majorities of several sets. */
export interface Electorate {
  view: View
  voters: readonly string[]
  sets: readonly (readonly string[])[]
  /** Whether to hear everybody who answers before going on: somebody may know of a view. */
  patient: boolean
}

export type Outcome =
  | { kind: 'decided'; value: Uint8Array }
  /** There is a newer view. */
  | { kind: 'view'; view: View; from: string }
  /** A member has accepted a successor of this view. */
  | { kind: 'sealed' }
  /** This node does not vote in the view yet. */
  | { kind: 'joining' }
  /** Nothing was to be proposed, and nobody of a majority knows of a proposal. */
  | { kind: 'nothing' }
  | { kind: 'failed'; error: unknown }

/** The members of a view as those who decide. */
export function electorateOf(view: View): Electorate {
  return { view, voters: view.members, sets: [view.members], patient: false }
}

/**
 * Decides one place of a log (single-decree Paxos): the answer is the value that a majority has accepted, whoever proposed
 * it. Without a `value` it only finishes what others began. Each ballot is this node's own durable promise first, so it is never used twice, also not after a crash.
 */
export async function decide(
  ports: Ports,
  group: string,
  epoch: number,
  { view, voters, sets, patient }: Electorate,
  value: Uint8Array | undefined,
): Promise<Outcome> {
  const round = new Round(ports, group, { view, voters, sets, patient })
  const vote = { view: view.number, epoch }
  let ballot = 0
  let error: unknown
  let silent = 0
  for (let attempt = 0; attempt < MAX_BALLOTS && silent < MAX_SILENT; attempt++) {
    if (attempt > 0) await ports.pause(attempt)
    const isFirst = attempt === 0 && view.number > 0 && view.members[0] === ports.self
    const chosen =
      isFirst && value ? await leadWith(ports, group, vote, value) : await round.prepare(vote, ++ballot, value)
    if (chosen.kind === 'refused') {
      ballot = Math.max(ballot, chosen.promised)
      continue
    }
    if (chosen.kind !== 'chosen') {
      if (chosen.kind !== 'failed') return chosen
      error = chosen.error
      silent++
      continue
    }
    const accepted = await round.run({ kind: 'accept', ...vote, ballot, value: chosen.value }, 'accepted')
    if (accepted.kind === 'quorum') return { kind: 'decided', value: chosen.value }
    if (accepted.kind === 'refused') ballot = Math.max(ballot, accepted.promised)
    else if (accepted.kind === 'failed') {
      error = accepted.error
      silent++
    } else return accepted
  }
  return { kind: 'failed', error }
}

type Chosen = Exclude<RoundEnd, { kind: 'quorum' }> | { kind: 'chosen'; value: Uint8Array }

/** The leader proposes at once: nobody else has ballot 0. Its own acceptance keeps it from ever proposing two. */
async function leadWith(
  ports: Ports,
  group: string,
  vote: { view: number; epoch: number },
  value: Uint8Array,
): Promise<Chosen> {
  const first = await ports.local(group, { kind: 'lead', ...vote, value })
  const proposed = first.kind === 'bound' ? first.value : value
  const answer = first.kind === 'bound' ? await ports.local(group, { kind: 'lead', ...vote, value: proposed }) : first
  if (answer.kind === 'accepted') return { kind: 'chosen', value: proposed }
  return endOf(answer, ports.self) ?? { kind: 'refused', promised: 0 }
}

type RoundEnd = Outcome | { kind: 'quorum'; answers: Answer[] } | { kind: 'refused'; promised: number }

/** What one answer means for the whole round, where it decides it. */
function endOf(answer: Answer, from: string): Exclude<RoundEnd, { kind: 'quorum' }> | undefined {
  switch (answer.kind) {
    case 'decided':
      return { kind: 'decided', value: answer.value }
    case 'view':
      return { kind: 'view', view: answer.view, from }
    case 'refused':
      return { kind: 'refused', promised: answer.promised }
    case 'sealed':
    case 'joining':
      return { kind: answer.kind }
    default:
      return undefined
  }
}

/** The questions of one decision: this node first, then all others at once, until enough have agreed. */
class Round {
  readonly #ports: Ports
  readonly #group: string
  readonly #electorate: Electorate

  constructor(ports: Ports, group: string, electorate: Electorate) {
    this.#ports = ports
    this.#group = group
    this.#electorate = electorate
  }

  /** The first phase: the value to propose is the one accepted with the highest ballot that a majority knows of. */
  async prepare(vote: { view: number; epoch: number }, ballot: number, value?: Uint8Array): Promise<Chosen> {
    const end = await this.run({ kind: 'prepare', ...vote, ballot }, 'promised')
    if (end.kind !== 'quorum') return end
    let highest: Accepted | undefined
    for (const answer of end.answers) {
      const found = answer.kind === 'promised' ? answer.accepted : undefined
      if (found && (!highest || isAbove(found, highest))) highest = found
    }
    const chosen = highest?.value ?? value
    return chosen ? { kind: 'chosen', value: chosen } : { kind: 'nothing' }
  }

  async run(ask: Extract<Ask, { kind: 'prepare' | 'accept' }>, wanted: 'promised' | 'accepted'): Promise<RoundEnd> {
    const { voters, patient } = this.#electorate
    const { self } = this.#ports
    const own = voters.includes(self) ? await this.#ports.local(this.#group, ask) : undefined
    // The leader has accepted its first proposal already.
    if (own && own.kind !== wanted) return endOf(own, self) ?? { kind: 'failed', error: undefined }
    const agreed = new Map<string, Answer>(own ? [[self, own]] : [])
    const others = voters.filter((node) => node !== self)
    return new Promise((resolve) => {
      let left = others.length
      let worst: RoundEnd = { kind: 'failed', error: undefined }
      const settle = () => {
        const done = left === 0 || !patient || ask.kind === 'accept'
        if (done && this.#isQuorum(agreed)) resolve({ kind: 'quorum', answers: [...agreed.values()] })
        else if (left === 0) resolve(worst)
      }
      const heard = (node: string, answer: Answer) => {
        if (answer.kind === wanted) agreed.set(node, answer)
        const end = endOf(answer, node)
        if (end?.kind === 'decided' || end?.kind === 'view') resolve(end)
        // An answer to this very ballot that came twice is no rival.
        else if (end?.kind === 'refused' && end.promised > ask.ballot) worst = end
        else if (end?.kind === 'sealed' && worst.kind === 'failed') worst = end
      }
      for (const node of others)
        this.#ask(node, ask)
          .then((answer) => heard(node, answer))
          .catch((error: unknown) => worst.kind === 'failed' && (worst = { kind: 'failed', error }))
          .finally(() => {
            left--
            settle()
          })
      settle()
    })
  }

  /** Who has not heard of the view is told first. */
  async #ask(node: string, ask: Ask): Promise<Answer> {
    const { view } = this.#electorate
    const answer = await this.#ports.ask(node, this.#group, ask)
    if (answer.kind !== 'unknown' || view.number === 0) return answer
    await this.#ports.ask(node, this.#group, { kind: 'adopt', view })
    return this.#ports.ask(node, this.#group, ask)
  }

  #isQuorum(agreed: ReadonlyMap<string, Answer>): boolean {
    return this.#electorate.sets.every((set) => set.filter((node) => agreed.has(node)).length >= majority(set))
  }
}

function isAbove(a: Accepted, b: Accepted): boolean {
  return a.view > b.view || (a.view === b.view && a.ballot > b.ballot)
}
