import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createInterface } from 'node:readline/promises'
import build from '../../../resources/move/build.json' with { type: 'json' }
import { createLog, systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { createKeyring, type Identity } from '../../keys/index.ts'
import { createIotaLedger, packageOn, type PublishingLedger, type UnsignedPublication } from '../../ledger/index.ts'
import { spawnChildProcess } from '../../peer/index.ts'
import { acquireProfileLock } from '../../store/index.ts'
import { hash256 } from '../../wire/index.ts'
import { partPath, parseLedger } from '../runtime/index.ts'
import type { Command, CommandIo } from './command.ts'
import { readPassphrase } from './passphrase.ts'
import { readArgs, required } from './usage.ts'

const options = {
  ledger: { type: 'string' },
  profile: { type: 'string' },
  yes: { type: 'boolean', default: false },
} as const

/** IOTA intent of a transaction: scope 0, version 0, app 0. */
const TRANSACTION_INTENT = Uint8Array.of(0, 0, 0)

/** `parley publish`: puts the Move package on a ledger, paid and signed by the profile's wallet. */
export const runPublish: Command = async (args, io) => {
  const { values } = readArgs(args, options)
  const url = parseLedger(required(values.ledger, '--ledger'))
  const profile = resolve(required(values.profile, '--profile'))
  const log = createLog(io.env['PARLEY_LOG'] === 'debug' ? 'debug' : 'info')
  const spawnKeychain = spawnChildProcess(pathToFileURL(partPath('keychain-process')))
  const passphrase = await readPassphrase(io, true)
  const lock = acquireProfileLock(profile)
  const keyring = createKeyring({
    profile,
    keystore: 'auto',
    spawnKeychain,
    clock: systemClock,
    random: systemRandom,
    log,
  })
  const ledger = createIotaLedger({ url, clock: systemClock, log })
  try {
    await publish(await keyring.unlock(passphrase), ledger, values.yes, io)
    return 0
  } finally {
    ledger.close()
    keyring.lock()
    lock.release()
  }
}

async function publish(identity: Identity, ledger: PublishingLedger, yes: boolean, io: CommandIo): Promise<void> {
  const chain = await ledger.chain()
  const known = packageOn(chain)
  if (known) io.say(`The network ${chain} has this package already: ${known}.`)
  const modules = build.modules.map((module) => new Uint8Array(Buffer.from(module, 'base64')))
  const prepared = await ledger.preparePublish({ from: identity.address, modules, dependencies: build.dependencies })
  await confirm(prepared, chain, yes, io)
  const signature = identity.wallet.sign(hash256(TRANSACTION_INTENT, prepared.bytes))
  const outcome = await ledger.submit(prepared.bytes, signature, identity.wallet.publicKey)
  if (outcome.status === 'failure')
    throw new ParleyError('internal', `The ledger did not publish the package: ${outcome.error ?? ''}`)
  const packageId = await ledger.publishedPackage(outcome.digest)
  io.print(JSON.stringify({ packageId, digest: outcome.digest, chain }))
}

/** Nothing is paid for without a yes. */
async function confirm({ fee }: UnsignedPublication, chain: string, yes: boolean, io: CommandIo): Promise<void> {
  io.say(
    `Publishing on ${chain} costs ${iota(fee.burned)} IOTA, and ${iota(fee.deposit)} IOTA as a deposit for storage.`,
  )
  if (yes) return
  if (!io.interactive) throw new ParleyError('invalid_params', 'Nobody is here to be asked: add --yes to publish.')
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question('Publish? [y/N] ', { signal: io.signal }).finally(() => terminal.close())
  if (!/^y(es)?$/i.test(answer.trim())) throw new ParleyError('conflict', 'Nothing was published.')
}

/** NANOS as IOTA, with all nine places. */
function iota(nanos: bigint): string {
  const sign = nanos < 0n ? '-' : ''
  const digits = (nanos < 0n ? -nanos : nanos).toString().padStart(10, '0')
  return `${sign}${digits.slice(0, -9)}.${digits.slice(-9)}`
}
