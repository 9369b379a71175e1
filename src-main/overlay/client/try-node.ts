import { dial } from '../link/dial.ts'
import type { NodeAddress } from '../types.ts'
import type { LinksOptions } from './links-options.ts'

/** Links to a node once and leaves: it hears who dials and nothing more, and nobody that it names is asked. Rejects as `dial`. */
export async function tryNode({ credentials, chain, random, log }: LinksOptions, node: NodeAddress): Promise<void> {
  const { connection } = await dial({ node, credentials, chain, random, log })
  connection.close()
}
