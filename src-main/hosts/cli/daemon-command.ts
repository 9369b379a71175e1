import { resolve } from 'node:path'
import type { AppOptions } from '../../app/index.ts'
import { parseListen } from '../headless/index.ts'
import { parseNodeAddress } from '../../overlay/index.ts'
import { parseLedger } from '../runtime/index.ts'
import type { Command } from './command.ts'
import { readPassphrase } from './passphrase.ts'
import { runHeadless } from './run-headless.ts'
import { readArgs, required, UsageError } from './usage.ts'

const options = {
  profile: { type: 'string' },
  ledger: { type: 'string' },
  chain: { type: 'string' },
  s2: { type: 'string', multiple: true },
  api: { type: 'string', default: '127.0.0.1:0' },
  keystore: { type: 'string' },
  bind: { type: 'string' },
} as const

/** `parley daemon`: the app without a window of its own, for bots and for any browser on this machine. */
export const runDaemon: Command = async (args, io) => {
  const { values } = readArgs(args, options)
  const profile = resolve(required(values.profile, '--profile'))
  const network = {
    ledgerUrl: parseLedger(readLedger(required(values.ledger, '--ledger'), values.chain)),
    nodes: (values.s2 ?? []).map(parseNodeAddress),
  }
  const keystore = readKeystore(values.keystore)
  parseListen(values.api)
  const passphrase = await readPassphrase(io, keystore === 'vault')
  const app = { profile, network, keystore, passphrase, listen: values.api, bindAddress: values.bind }
  return await runHeadless(app, io, ({ api, token, url }) => {
    io.print(JSON.stringify({ ready: true, api, token, url }))
  })
}

/** `--ledger s2 --chain ID`: the S2 nodes pass on what their ledger says, and no URL is needed. */
export function readLedger(ledger: string, chain: string | undefined): string {
  if (ledger === 's2') return `s2:${required(chain, '--chain')}`
  if (chain !== undefined) throw new UsageError('--chain belongs to “--ledger s2”.')
  return ledger
}

function readKeystore(text: string | undefined): AppOptions['keystore'] {
  if (text === undefined) return 'auto'
  if (text === 'keychain' || text === 'vault' || text === 'memory') return text
  throw new UsageError('--keystore is keychain, vault or memory.')
}
