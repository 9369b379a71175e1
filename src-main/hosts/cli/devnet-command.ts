import { resolve } from 'node:path'
import { runDevnet } from '../devnet/index.ts'
import type { Command } from './command.ts'
import { readArgs, UsageError } from './usage.ts'

const options = {
  port: { type: 'string', default: '0' },
  listen: { type: 'string', default: '127.0.0.1' },
  data: { type: 'string' },
} as const

/** `parley devnet`: a ledger for this machine. */
export const runDevnetCommand: Command = async (args, io) => {
  const { values } = readArgs(args, options)
  const data = values.data && resolve(values.data)
  return await runDevnet({ port: readPort(values.port), listen: values.listen, ...(data && { data }) }, io)
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new UsageError('--port is a number from 0 to 65535.')
  return port
}
