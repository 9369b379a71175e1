import { createLog, type Log, systemClock } from '../../base/index.ts'
import { createDevnet, verifyDevnet } from '../../ledger/index.ts'

export interface DevnetArgs {
  /** 0 = any free one. */
  port: number
  /** Folder that keeps the chain; without it, everything is gone at the end. */
  data?: string
  /** Address to listen at. */
  listen: string
  /** Length of an epoch in milliseconds; a day without it. */
  epochMs?: number
  /** Test switch: rivals over one coin lock it until the epoch turns. */
  equivocation?: boolean
  /** Whether a new chain begins with Parley's Move package; yes unless told. */
  withPackage?: boolean
}

export interface DevnetIo {
  /** Prints a line on standard output. */
  print(line: string): void
  /** Aborts when the process shall end. */
  readonly signal: AbortSignal
  /** Standard error unless told. */
  readonly log?: Log
}

/**
 * Runs a local ledger until the signal, then stops it and answers exit code 0. Prints one line when it is ready:
 * `{"ready":true,"rpc":"http://…","faucet":"http://…","chain":"…"}`. Throws ParleyError when it cannot start.
 */
export async function runDevnet({ data, ...address }: DevnetArgs, io: DevnetIo): Promise<number> {
  const log = io.log ?? createLog()
  const devnet = createDevnet({ ...address, ...(data === undefined ? {} : { dataDir: data }), clock: systemClock, log })
  const started = await devnet.start()
  io.print(JSON.stringify({ ready: true, ...started }))
  await aborted(io.signal)
  await devnet.stop()
  return 0
}

/**
 * Executes the whole chain of a data folder again, prints `{"verified":true,"chain":"…","transactions":…,"checkpoints":…}`
 * and answers exit code 0. Throws ParleyError `storage_damaged` at the first difference.
 */
export async function verifyData(data: string, { print }: Pick<DevnetIo, 'print'>): Promise<number> {
  print(JSON.stringify({ verified: true, ...(await verifyDevnet(data)) }))
  return 0
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
