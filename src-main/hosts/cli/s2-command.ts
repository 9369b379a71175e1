import { resolve } from 'node:path'
import { runS2 } from '../s2/index.ts'
import type { Command } from './command.ts'
import { readArgs, required } from './usage.ts'

const options = {
  ledger: { type: 'string' },
  listen: { type: 'string', default: '127.0.0.1:0' },
  public: { type: 'string' },
  data: { type: 'string' },
  peer: { type: 'string', multiple: true },
  metrics: { type: 'string' },
} as const

/** `parley s2`: an S2 node. */
export const runS2Command: Command = async (args, io) => {
  const { values } = readArgs(args, options)
  const ledger = required(values.ledger, '--ledger')
  const data = values.data && resolve(values.data)
  const { listen, peer: peers = [], public: publicHost, metrics } = values
  const given = {
    ...(data && { data }),
    ...(publicHost !== undefined && { publicHost }),
    ...(metrics !== undefined && { metrics }),
  }
  return await runS2({ ledger, listen, peers, ...given }, io)
}
