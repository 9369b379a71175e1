import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { makeFolder } from '../../../base/index.ts'
import { findElectron, projectDir } from '../../runtime/index.ts'
import { ensureElectronBundle, ensureWindow } from '../build.ts'
import { type Command, type CommandIo, untilAborted } from '../command.ts'
import { readArgs } from '../usage.ts'
import { DEMO_PASSPHRASE, DemoNetwork } from './network.ts'
import { Person } from './person.ts'
import { playScript } from './script.ts'

const options = { script: { type: 'boolean', default: false }, data: { type: 'string' } } as const

/** `parley demo`: a whole network on this machine, and two people to click; or the main job by itself. */
export const runDemo: Command = async (args, io) => {
  const { values } = readArgs(args, options)
  const kept = values.data && resolve(values.data)
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'parley-demo-')))
  if (kept) await makeFolder(kept, 'data folder')
  const lost = new AbortController()
  const network = new DemoNetwork(folder, childEnvironment(io), {
    onLost: (name) => {
      io.say(`${name} has died and does not come back.`)
      lost.abort()
    },
    onLine: (name, line) => io.env['PARLEY_LOG'] === 'debug' && io.say(`${name}: ${line}`),
  })
  const inner = { ...io, signal: AbortSignal.any([io.signal, lost.signal]) }
  try {
    const done = values.script ? runScript(network, inner) : runWindows(network, folder, inner)
    await stoppable(done, inner.signal)
    return lost.signal.aborted ? 1 : 0
  } finally {
    await network.stop()
    if (!kept) await rm(folder, { recursive: true, force: true })
  }
}

async function runScript(network: DemoNetwork, io: CommandIo): Promise<void> {
  const start = performance.now()
  io.say('Starting a local ledger, three S2 nodes, Alice and Bob …')
  const [alice, bob] = await startPeople(network, io)
  io.print(
    `${'network and two people'.padEnd(32)} ${Math.round(performance.now() - start)
      .toString()
      .padStart(6)} ms`,
  )
  await playScript(alice, bob, io)
  io.print('done')
}

async function runWindows(network: DemoNetwork, folder: string, io: CommandIo): Promise<void> {
  const electron = findElectron()
  await (electron ? ensureElectronBundle(io) : ensureWindow(io))
  io.say('Starting a local ledger, three S2 nodes, Alice and Bob …')
  const people = await startPeople(network, io)
  io.say(`\nIf a window locks itself, the passphrase is: ${DEMO_PASSPHRASE}`)
  if (electron) {
    await openElectronWindows(electron, network, folder, people, io)
  } else {
    for (const person of people) io.say(`\n${person.name}: ${person.url()}\n  address ${person.address}`)
    io.say('\nOpen each address in a browser on this machine (it works once). Ctrl+C ends the demo.')
    const told = people.map((person) => ({ name: person.name, address: person.address, ...person.access() }))
    if (!io.interactive)
      io.print(JSON.stringify({ ready: true, ledger: network.ledgerUrl, s2: network.nodes, people: told }))
  }
  await untilAborted(io.signal)
}

async function startPeople(network: DemoNetwork, io: CommandIo): Promise<[Person, Person]> {
  await network.start()
  const start = async (name: string) => {
    const child = await network.person(name, (ready) => io.say(`${name} is back: ${String(ready['url'])}`))
    const person = new Person(name, child)
    await person.prepare(DEMO_PASSPHRASE)
    return person
  }
  return await Promise.all([start('Alice'), start('Bob')])
}

/** The daemons made the profiles; now the same profiles open in windows. */
async function openElectronWindows(
  program: string,
  network: DemoNetwork,
  folder: string,
  people: Person[],
  io: CommandIo,
): Promise<void> {
  const s2 = network.nodes.flatMap((node) => ['--s2', node])
  for (const person of people) {
    await person.stop()
    const args = [
      projectDir(),
      '--profile',
      join(folder, person.name.toLowerCase()),
      '--ledger',
      network.ledgerUrl,
      ...s2,
    ]
    const env = { ...childEnvironment(io), PARLEY_PASSPHRASE: DEMO_PASSPHRASE }
    const window = spawn(program, args, { stdio: ['ignore', 2, 2], env })
    window.on('error', (error) => io.say(`No window could be opened for ${person.name}: ${error.message}`))
    io.signal.addEventListener('abort', () => window.kill('SIGTERM'), { once: true })
  }
}

/** The shell's own passphrase is not the demo's. */
function childEnvironment(io: CommandIo): NodeJS.ProcessEnv {
  const { PARLEY_PASSPHRASE: _, ...env } = io.env
  return env
}

/** Ends at once when asked to, whatever is under way; the network is stopped after it. */
async function stoppable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  work.catch(() => {})
  await Promise.race([work, stopped])
}
