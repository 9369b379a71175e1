import { createS2 } from '../../app/index.ts'
import type { Log } from '../../base/index.ts'
import { createLog } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { parseNodeAddress } from '../../overlay/index.ts'

export interface S2Args {
  /** The ledger's JSON-RPC URL. */
  ledger: string
  /** `host:port`; port 0 takes a free one. */
  listen: string
  /** Folder of the node's keys and mailboxes. */
  data?: string
  /** `wss://host:port#FINGERPRINT` of other nodes. */
  peers: readonly string[]
}

export interface S2Io {
  print(line: string): void
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  readonly log?: Log
}

/** `parley s2`: runs a node until the signal aborts, after printing the ready line. Throws `invalid_params` and what `start` throws. */
export async function runS2(args: S2Args, io: S2Io): Promise<number> {
  if (!/^https?:\/\//.test(args.ledger) || !URL.canParse(args.ledger))
    throw new ParleyError('invalid_params', 'A ledger is given as http://host:port or https://host:port.')
  const node = createS2({
    ledgerUrl: args.ledger,
    listen: parseListen(args.listen),
    ...(args.data === undefined ? {} : { dataDir: args.data }),
    peers: args.peers.map(parseNodeAddress),
    log: (io.log ?? createLog()).child({ part: 's2' }),
  })
  await node.start()
  io.print(JSON.stringify({ ready: true, endpoint: node.endpoint, nodeId: node.nodeId }))
  await aborted(io.signal)
  await node.stop()
  return 0
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (!match?.[1] || port > 65_535) throw new ParleyError('invalid_params', 'Listen on host:port, as 127.0.0.1:0.')
  return { host: match[1].replace(/^\[|\]$/g, ''), port }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
