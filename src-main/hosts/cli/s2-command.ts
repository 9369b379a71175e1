import { resolve } from 'node:path'
import { SecretText } from '../../base/index.ts'
import {
  type ClusterArgs,
  type IceArgs,
  type PriceArgs,
  becomeOwner,
  deskActions,
  rewardActions,
  runDesk,
  runRewards,
  runS2,
  withConfigFile,
} from '../s2/index.ts'
import type { Command, CommandIo } from './command.ts'
import { readArgs, required, UsageError } from './usage.ts'

const options = {
  ledger: { type: 'string' },
  listen: { type: 'string', default: '127.0.0.1:0' },
  public: { type: 'string' },
  also: { type: 'string', multiple: true },
  data: { type: 'string' },
  peer: { type: 'string', multiple: true },
  metrics: { type: 'string' },
  'drain-seconds': { type: 'string' },
  'disk-gb': { type: 'string' },
  'clock-offset-ms': { type: 'string' },
  'price-relay': { type: 'string' },
  'price-store': { type: 'string' },
  'price-transaction': { type: 'string' },
  postage: { type: 'string' },
  'free-mb': { type: 'string' },
  register: { type: 'boolean', default: false },
  package: { type: 'string' },
  nats: { type: 'string', multiple: true },
  'nats-creds': { type: 'string' },
  'nats-name': { type: 'string' },
  'nats-replicas': { type: 'string' },
  identity: { type: 'string' },
  stun: { type: 'string' },
  'turn-url': { type: 'string', multiple: true },
  'turn-secret': { type: 'string' },
  'turn-secret-file': { type: 'string' },
} as const
const deskOptions = {
  ledger: { type: 'string' },
  data: { type: 'string' },
  package: { type: 'string' },
  to: { type: 'string' },
  record: { type: 'string' },
} as const
/** Of the node's configuration. */
const deskSettings = ['ledger', 'data', 'package']

/** `parley s2`: an S2 node; `parley s2 leave`, `withdraw` and `status`: its registration on the ledger; `rewards` and `collect`: what it earned. */
export const runS2Command: Command = async (args, io) => {
  const [first] = args
  if (first !== undefined && !first.startsWith('-')) return await runDeskCommand(first, args.slice(1), io)
  const { values } = readArgs(await withConfigFile(args, options), options)
  const ledger = required(values.ledger, '--ledger')
  const data = values.data && resolve(values.data)
  const { listen, peer: peers = [], also = [], public: publicHost, metrics, package: packageId, register } = values
  const drain = values['drain-seconds']
  const clockOffset = values['clock-offset-ms']
  const disk = values['disk-gb']
  const given = {
    ...ice(values, io),
    ...prices(values),
    ...cluster(values, io),
    ...(data && { data }),
    ...(publicHost !== undefined && { publicHost }),
    ...(metrics !== undefined && { metrics }),
    ...(drain !== undefined && { drainSeconds: drain }),
    ...(disk !== undefined && { diskGb: disk }),
    ...(clockOffset !== undefined && { clockOffsetMs: clockOffset }),
    ...(packageId !== undefined && { packageId }),
  }
  // The argument list of a process is there for everybody on this machine to read: its title takes that place.
  if (values['turn-secret'] !== undefined || values.nats !== undefined) process.title = 'parley s2'
  return await runS2({ ledger, listen, peers, also, register, ...given }, io)
}

const runDeskCommand = async (name: string, args: string[], io: Parameters<Command>[1]): Promise<number> => {
  const action = deskActions.find((each) => each === name)
  const reward = rewardActions.find((each) => each === name)
  if (!action && !reward) throw new UsageError(`“${name}” is none of ${[...deskActions, ...rewardActions].join(', ')}.`)
  const { values } = readArgs(await withConfigFile(args, options, deskSettings), deskOptions)
  const ledger = required(values.ledger, '--ledger')
  const data = resolve(required(values.data, '--data'))
  const { to, record, package: packageId } = values
  const given = {
    ...(to !== undefined && { to }),
    ...(record !== undefined && { record }),
    ...(packageId !== undefined && { packageId }),
  }
  await becomeOwner(data)
  if (!action) return reward ? await runRewards(reward, { ledger, data, ...given }, io) : 2
  return await runDesk(action, { ledger, data, ...given }, io)
}

function cluster(values: ReturnType<typeof readArgs<typeof options>>['values'], io: CommandIo): ClusterArgs {
  const nats = values.nats ?? io.env['PARLEY_NATS']?.split(',')
  delete io.env['PARLEY_NATS']
  const { identity, 'nats-creds': creds, 'nats-name': natsName, 'nats-replicas': natsReplicas } = values
  return {
    ...(nats && { nats }),
    ...(creds !== undefined && { natsCreds: resolve(creds) }),
    ...(natsName !== undefined && { natsName }),
    ...(natsReplicas !== undefined && { natsReplicas }),
    ...(identity !== undefined && { identity: resolve(identity) }),
  }
}

function prices(values: ReturnType<typeof readArgs<typeof options>>['values']): PriceArgs {
  const given = [
    ['priceRelay', values['price-relay']],
    ['priceStore', values['price-store']],
    ['priceTransaction', values['price-transaction']],
    ['postage', values.postage],
    ['freeMb', values['free-mb']],
  ] as const
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

function ice(values: ReturnType<typeof readArgs<typeof options>>['values'], io: CommandIo): IceArgs {
  const secret = values['turn-secret'] ?? io.env['PARLEY_TURN_SECRET']
  // Nothing that this process starts needs it.
  delete io.env['PARLEY_TURN_SECRET']
  const file = values['turn-secret-file']
  return {
    turnUrls: values['turn-url'] ?? [],
    ...(values.stun !== undefined && { stun: values.stun }),
    ...(secret !== undefined && { turnSecret: new SecretText(secret) }),
    ...(file !== undefined && { turnSecretFile: resolve(file) }),
  }
}
