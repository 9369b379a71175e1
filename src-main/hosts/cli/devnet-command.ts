import { resolve } from 'node:path'
import { runDevnet, verifyData } from '../devnet/index.ts'
import type { Command } from './command.ts'
import { readArgs, required, UsageError } from './usage.ts'

const options = {
  port: { type: 'string', default: '0' },
  listen: { type: 'string', default: '127.0.0.1' },
  data: { type: 'string' },
  'epoch-ms': { type: 'string' },
  equivocation: { type: 'boolean', default: false },
  'no-package': { type: 'boolean', default: false },
  verify: { type: 'boolean', default: false },
} as const

/** An epoch has a checkpoint for its end and one for its start: shorter ones would be nothing else. */
const MIN_EPOCH_MS = 100

/** `parley devnet`: a ledger for this machine. With `--verify` its data folder is checked instead. */
export const runDevnetCommand: Command = async (args, io) => {
  const { values } = readArgs(args, options)
  if (values.verify) return await verifyData(resolve(required(values.data, '--data')), io)
  const { listen, equivocation } = values
  const data = values.data ? { data: resolve(values.data) } : {}
  const epoch = values['epoch-ms'] === undefined ? {} : { epochMs: readEpoch(values['epoch-ms']) }
  const withPackage = !values['no-package']
  return await runDevnet({ port: readPort(values.port), listen, equivocation, withPackage, ...data, ...epoch }, io)
}

function readEpoch(text: string): number {
  const milliseconds = Number(text)
  if (!/^\d{1,12}$/.test(text) || milliseconds < MIN_EPOCH_MS)
    throw new UsageError(`--epoch-ms is a number of milliseconds from ${MIN_EPOCH_MS}.`)
  return milliseconds
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new UsageError('--port is a number from 0 to 65535.')
  return port
}
