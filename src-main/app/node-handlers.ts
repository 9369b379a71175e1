import { type ErrorCode, type Handlers, ParleyError, toParleyError } from '../contract/index.ts'
import type { NodeAddress } from '../overlay/index.ts'
import type { Account } from './account.ts'
import type { AppControl } from './app-control.ts'

export type NodeHandlers = Pick<Handlers, 'network.givenNodes' | 'network.addNode' | 'network.removeNode'>

/** What a trial says of a node: its reason, and a sentence. Anything else is said as it came. */
const TRIALS: Partial<Record<ErrorCode, [reason: string, message: string]>> = {
  offline: ['node_away', 'No node answers at this address.'],
  timeout: ['node_away', 'No node answers at this address in time.'],
  conflict: ['node_other_ledger', 'This node serves another ledger.'],
  bad_signature: [
    'node_certificate',
    'What answers there is not the node of this address: it has another certificate.',
  ],
}

/** The nodes that the user gives. Nothing but the node that was named is asked for that. */
export function nodeHandlers(app: AppControl): NodeHandlers {
  const given = () => app.account().parts.given
  const list = () => ({ nodes: given().list() })
  return {
    'network.givenNodes': async () => list(),
    'network.addNode': async ({ address }) => {
      const account = app.account()
      const node = given().check(address)
      await tryNode(account, node)
      // Locked, or over to another ledger, meanwhile: it was tried for that one only.
      if (app.account() !== account) throw new ParleyError('conflict', 'The ledger was changed meanwhile.')
      given().add(node)
      use(account)
      return list()
    },
    'network.removeNode': async ({ address }) => {
      given().remove(address)
      use(app.account())
      return list()
    },
  }
}

async function tryNode({ overlay }: Account, node: NodeAddress): Promise<void> {
  if (!overlay)
    throw new ParleyError('ledger_unreachable', 'Which ledger this is, and so which nodes serve it, is not known yet.')
  try {
    await overlay.tryNode(node)
  } catch (thrown) {
    const error = toParleyError(thrown)
    const [reason, message] = TRIALS[error.code] ?? []
    if (reason === undefined || message === undefined) throw error
    throw new ParleyError(error.code, message, { reason, cause: error })
  }
}

function use(account: Account): void {
  account.overlay?.setGiven(account.parts.nodes)
  account.emitNetwork()
}
