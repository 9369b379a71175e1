import { ParleyError } from '../../contract/index.ts'
import type { NodeCluster } from '../../overlay/index.ts'

export interface ClusterArgs {
  /** `nats://user:password@host:port` of servers of the NATS cluster; none for a node that is one process. */
  nats?: readonly string[]
  /** Credentials file for the cluster. */
  natsCreds?: string
  /** Name of the node's state in the cluster. */
  natsName?: string
  /** Copy of the first process's `node.json`. */
  identity?: string
  data?: string
}

const DEFAULT_NAME = 'parley'

/** Undefined for a node that is one process. Throws `invalid_params`, which never names a password. */
export function readCluster({ nats = [], natsCreds, natsName, identity, data }: ClusterArgs): NodeCluster | undefined {
  if (nats.length === 0) {
    if (identity ?? natsCreds ?? natsName)
      throw new ParleyError(
        'invalid_params',
        '--identity and --nats-… are for a node of several processes: add --nats.',
      )
    return undefined
  }
  if (data === undefined)
    throw new ParleyError('invalid_params', 'Each process of a node needs a folder of its own: add --data DIR.')
  const name = natsName ?? DEFAULT_NAME
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name))
    throw new ParleyError('invalid_params', 'The name in the cluster has letters, digits, - and _ only.')
  for (const server of nats) {
    const url = URL.canParse(server) ? new URL(server) : undefined
    if (!url?.hostname || !['nats:', 'tls:'].includes(url.protocol))
      throw new ParleyError('invalid_params', 'A NATS server is given as nats://user:password@host:port.')
  }
  return { servers: nats, name, ...(natsCreds !== undefined && { creds: natsCreds }) }
}
