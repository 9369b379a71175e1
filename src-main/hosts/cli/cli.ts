import { toParleyError } from '../../contract/index.ts'
import type { Command, CommandIo } from './command.ts'
import { UsageError } from './usage.ts'

interface Entry {
  usage: string
  about: string
  /** Loaded when it is used: `parley call` does not pay for the ledger's SDK. */
  load: () => Promise<Command>
}

const commands: Readonly<Record<string, Entry>> = {
  start: {
    usage: 'start [--profile DIR] [--ledger URL] [--s2 wss://…#FINGERPRINT]…',
    about: 'opens Parley on your own profile',
    load: async () => (await import('./start-command.ts')).runStart,
  },
  demo: {
    usage: 'demo [--script] [--data DIR]',
    about: 'a local network and two people, Alice and Bob',
    load: async () => (await import('./demo/demo-command.ts')).runDemo,
  },
  daemon: {
    usage:
      'daemon --profile DIR (--ledger URL | --ledger s2 --chain ID) [--s2 wss://…#FINGERPRINT]… [--api 127.0.0.1:0] [--keystore keychain|vault|memory]',
    about: 'Parley without a window, for bots',
    load: async () => (await import('./daemon-command.ts')).runDaemon,
  },
  devnet: {
    usage:
      'devnet [--port 0] [--data DIR] [--listen 127.0.0.1] [--epoch-ms N] [--equivocation] [--no-package] [--verify]',
    about: 'a ledger for this machine, with a faucet',
    load: async () => (await import('./devnet-command.ts')).runDevnetCommand,
  },
  s2: {
    usage:
      's2 [--config FILE] --ledger URL [--listen 127.0.0.1:0] [--public HOST] [--also HOST:PORT]… [--data DIR] [--peer wss://…#FINGERPRINT]… [--register] [--package ID|none] [--metrics HOST:PORT] [--drain-seconds N] [--disk-gb N] [--clock-offset-ms N] [--price-relay NANOS] [--price-store NANOS] [--price-transaction NANOS] [--postage NANOS] [--free-mb N] [--stun HOST:PORT] [--turn-url turn:HOST:PORT]… [--turn-secret-file FILE] [--nats nats://USER:PASSWORD@HOST:PORT]… [--nats-creds FILE] [--nats-name NAME] [--nats-replicas N] [--identity FILE]',
    about: 'a node that relays and keeps mail; leave, withdraw or status of its registration; rewards, collect',
    load: async () => (await import('./s2-command.ts')).runS2Command,
  },
  publish: {
    usage: 'publish --ledger URL --profile DIR [--yes]',
    about: 'puts the Move package on a ledger, paid by a profile',
    load: async () => (await import('./publish-command.ts')).runPublish,
  },
  call: {
    usage: 'call METHOD [JSON] --api URL --token T',
    about: 'one call to a daemon',
    load: async () => (await import('./call-command.ts')).runCall,
  },
}

/** Runs `parley COMMAND …` and answers the exit code. */
export async function runCli(args: string[], io: CommandIo): Promise<number> {
  const [name = '', ...rest] = args
  if (name === 'help' || name === '--help' || name === '-h') return help(io)
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!entry) {
    io.say(
      `parley: ${name ? `“${name}” is not a command` : 'a command is missing'}: ${Object.keys(commands).join(', ')}`,
    )
    return 2
  }
  if (rest.includes('--help')) {
    io.print(`parley ${entry.usage}`)
    return 0
  }
  try {
    const command = await entry.load()
    return await command(rest, io)
  } catch (thrown) {
    return complain(name, entry, thrown, io)
  }
}

function help(io: CommandIo): number {
  for (const { usage, about } of Object.values(commands)) io.print(`parley ${usage}\n    ${about}`)
  return 0
}

function complain(name: string, entry: Entry, thrown: unknown, io: CommandIo): number {
  if (thrown instanceof UsageError) {
    io.say(`parley ${name}: ${thrown.message} Usage: parley ${entry.usage}`)
    return 2
  }
  const error = toParleyError(thrown)
  const inside = error.code === 'internal' && error.cause !== undefined ? ` (${String(error.cause)})` : ''
  io.say(`parley ${name}: ${error.message}${inside} [${error.code}]`)
  return error.code === 'invalid_params' ? 2 : 1
}
