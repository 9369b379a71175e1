import type { Command } from './command.ts'
import { DaemonClient } from './daemon-client.ts'
import { readArgs, required, UsageError } from './usage.ts'

const options = { api: { type: 'string' }, token: { type: 'string' } } as const

/** `parley call METHOD [JSON]`: one call to a daemon; the token may come from PARLEY_TOKEN. */
export const runCall: Command = async (args, io) => {
  const { values, positionals } = readArgs(args, options, 2)
  const method = required(positionals[0], 'METHOD')
  const params = readJson(positionals[1] ?? '{}')
  const token = required(values.token ?? io.env['PARLEY_TOKEN'], '--token')
  const client = new DaemonClient(readUrl(required(values.api ?? io.env['PARLEY_API'], '--api')), token)
  io.print(JSON.stringify(await client.call(method, params), null, io.interactive ? 2 : 0))
  return 0
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError('The parameters are not JSON.')
  }
}

function readUrl(text: string): string {
  const url = URL.parse(text)
  if (url?.protocol === 'http:') return text
  throw new UsageError('--api is given as http://127.0.0.1:PORT.')
}
