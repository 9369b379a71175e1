import { type Person, startTestnet, type Testnet } from '../src-main/testing/testnet.ts'
import { type Figure, median, quantile } from './figures.ts'

const RUNS = 12
/** Of each of the other cases. */
const CASE_RUNS = 8
const MINUTE_MS = 60_000
/** How long the ledger is away after the acceptance was asked for. */
const AWAY_MS = 1_000
const GOAL = '3 looks of 1 s, and the ledger'

interface Run {
  /** contacts.add → the request is on the other's screen. */
  request: number
  /** contacts.accept → the direct connection is open on both sides. */
  accept: number
  /** contacts.add → open, with an acceptance at once. */
  all: number
  /** contacts.reachByLedger → open, later, between contacts who were apart. */
  again: number
}

/**
 * Two people with no S2 node, only a local ledger: how long it takes until they are connected, with looks at the ledger
 * every second. Every run has two new people, and begins at another moment of the second.
 */
export default async function ion(): Promise<Figure[]> {
  const net = await startTestnet({ nodes: 0 })
  try {
    const runs: Run[] = []
    while (runs.length < RUNS) runs.push(await run(net, runs.length))
    const ahead = await repeat(() => once(net, MINUTE_MS))
    const behind = await repeat(() => once(net, -MINUTE_MS))
    const away = await repeat(() => once(net, 0, () => net.restartLedger(AWAY_MS)))
    const of = (name: keyof Run) => runs.map((each) => each[name])
    const { records, fee } = runs.length > 0 ? await costOf(net) : { records: 0, fee: 0n }
    return [
      ...spread('contacts.add to the request shown', of('request')),
      ...spread('contacts.accept to open', of('accept')),
      ...spread('contacts.add to open', of('all')),
      ...spread('reachByLedger to open', of('again')),
      ...spread('add to open, clock of the other 60 s ahead', ahead),
      ...spread('add to open, clock of the other 60 s behind', behind),
      ...spread('add to open, ledger away for 1 s in the middle', away, 'as above and the time away'),
      { name: 'records of each side for a connection', value: records, unit: 'count' },
      { name: 'NANOS burned by each side for it', value: Number(fee), unit: 'count' },
    ]
  } finally {
    await net.stop()
  }
}

function spread(name: string, values: number[], goal = GOAL): Figure[] {
  return [
    { name: `${name}, p50`, value: median(values), unit: 'ms' },
    { name: `${name}, p95`, value: quantile(values, 0.95), unit: 'ms', goal },
  ]
}

async function run(net: Testnet, index: number): Promise<Run> {
  const [alice, bob] = await Promise.all([newcomer(net, `A${index}`), newcomer(net, `B${index}`)])
  await later(Math.random() * 1_000)
  const started = performance.now()
  const shown = bob.next('contact', ({ contact }) => contact.state === 'incoming')
  await alice.call('contacts.add', { address: bob.address, name: 'B' })
  await shown
  const request = performance.now() - started
  const pause = Math.random() * 1_000
  await later(pause)
  const accepted = performance.now()
  const open = Promise.all([direct(alice), direct(bob)])
  await bob.call('contacts.accept', { address: alice.address })
  await open
  const accept = performance.now() - accepted
  const again = await reconnect(alice, bob)
  await Promise.all([alice.stop(), bob.stop()])
  return { request, accept, all: request + accept, again }
}

async function repeat(work: () => Promise<number>): Promise<number[]> {
  const times: number[] = []
  while (times.length < CASE_RUNS) times.push(await work())
  return times
}

/** contacts.add → open, with an acceptance at once; `during` happens beside the acceptance. */
async function once(net: Testnet, clockOffsetMs: number, during?: () => Promise<void>): Promise<number> {
  const [alice, bob] = await Promise.all([newcomer(net, 'A'), newcomer(net, 'B', clockOffsetMs)])
  await later(Math.random() * 1_000)
  const started = performance.now()
  const shown = bob.next('contact', ({ contact }) => contact.state === 'incoming')
  await alice.call('contacts.add', { address: bob.address, name: 'B' })
  await shown
  const open = Promise.all([direct(alice), direct(bob)])
  await bob.call('contacts.accept', { address: alice.address })
  await during?.()
  await open
  const took = performance.now() - started
  await Promise.all([alice.stop(), bob.stop()])
  return took
}

async function newcomer(net: Testnet, name: string, clockOffsetMs = 0): Promise<Person> {
  const person = await net.person(name, { funded: true, clockOffsetMs })
  const isFindable = (status: { signalling?: { card: string } | undefined }) => status.signalling?.card === 'published'
  if (!isFindable(await person.call('network.status', {}))) await person.next('network', isFindable)
  return person
}

async function reconnect(alice: Person, bob: Person): Promise<number> {
  const gone = alice.next('presence', ({ online }) => !online, 20_000)
  await bob.stop()
  await gone
  await bob.restart()
  await later(1_000 + Math.random() * 1_000)
  const started = performance.now()
  const open = Promise.all([direct(alice), direct(bob)])
  await alice.call('contacts.reachByLedger', { address: bob.address })
  await open
  return performance.now() - started
}

async function direct(person: Person): Promise<void> {
  const isDirect = (status: { peers: { path: string }[] }) => status.peers[0]?.path === 'direct'
  if (!isDirect(await person.call('network.status', {}))) await person.next('network', isDirect, 60_000)
}

async function costOf(net: Testnet): Promise<{ records: number; fee: bigint }> {
  const person = await newcomer(net, 'cost')
  const { records, fee } = await person.call('contacts.ledgerCost', {})
  return { records, fee: fee.burned }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
