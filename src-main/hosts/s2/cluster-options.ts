import { ParleyError } from '../../contract/index.ts'
import type { NodeCluster } from '../../overlay/index.ts'
import { parseListen } from './listen.ts'

export interface ClusterArgs {
  /** `nats://user:password@host:port` of servers of the NATS cluster; none for a node that is one process. */
  nats?: readonly string[]
  /** Credentials file for the cluster. */
  natsCreds?: string
  /** Name of the node's state in the cluster. */
  natsName?: string
  /** Copies of the state that the cluster keeps: a whole number from 1 to 5, 3 unless told. */
  natsReplicas?: string
  /** Copy of the first process's `node.json`. */
  identity?: string
  data?: string
}

const DEFAULT_NAME = 'parley'
/** JetStream keeps no more. */
const MOST_REPLICAS = 5
/** A record on the ledger has four endpoints, one of them this process's own. */
const MOST_OTHERS = 3

/** Undefined for a node that is one process. Throws `invalid_params`, which never names a password. */
export function readCluster(args: ClusterArgs): NodeCluster | undefined {
  const { nats = [], natsCreds, natsName, natsReplicas, identity, data } = args
  if (nats.length === 0) {
    if (identity ?? natsCreds ?? natsName ?? natsReplicas)
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
  const replicas = readReplicas(natsReplicas)
  return { servers: nats, name, ...replicas, ...(natsCreds !== undefined && { creds: natsCreds }) }
}

function readReplicas(text: string | undefined): Pick<NodeCluster, 'replicas'> {
  if (text === undefined) return {}
  const replicas = Number(text)
  if (/^\d$/.test(text) && replicas >= 1 && replicas <= MOST_REPLICAS) return { replicas }
  throw new ParleyError('invalid_params', `--nats-replicas is a whole number from 1 to ${MOST_REPLICAS}.`)
}

/** The endpoints of the node's other processes, from `host:port`. Throws `invalid_params`. */
export function readAlso(also: readonly string[] = []): string[] {
  if (also.length > MOST_OTHERS)
    throw new ParleyError(
      'invalid_params',
      `A node tells ${MOST_OTHERS + 1} endpoints at most: --also ${MOST_OTHERS} times.`,
    )
  return also.map((text) => {
    const { host, port } = parseListen('--also', text)
    if (port === 0) throw new ParleyError('invalid_params', '--also is HOST:PORT where others reach the other process.')
    return `wss://${host.includes(':') ? `[${host}]` : host}:${port}`
  })
}
