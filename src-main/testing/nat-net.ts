import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Nat, NatLab, PUBLIC_ADDRESS } from './nat-lab.ts'
import { NatPerson } from './nat-person.ts'
import { Process } from './processes.ts'
import { startTurnServer, TURN_SECRET } from './turn.ts'

const TURN_PORT = 3478
const STUN_PORT = 3479

/** A ledger, a node, a TURN server on a public machine, and people behind routers: all of it as processes of their own. */
export interface NatNet {
  person(name: string, nat: Nat): Promise<NatPerson>
  /** Makes two people contacts of each other. */
  befriend(a: NatPerson, b: NatPerson): Promise<void>
  stop(): Promise<void>
}

export async function startNatNet(): Promise<NatNet> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-nat-'))
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const lab = await NatLab.create()
    closing.push(() => lab.close())
    const network = await startServers(lab, folder, closing)
    return { person: (name, nat) => startPerson(lab, join(folder, name), name, nat, network, closing), befriend, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startServers(lab: NatLab, folder: string, closing: (() => Promise<unknown>)[]) {
  const { prefix } = lab
  const configuration = new URL('../../resources/coturn/turnserver.conf', import.meta.url).pathname
  const turn = await startTurnServer({ address: PUBLIC_ADDRESS, port: TURN_PORT, prefix, configuration })
  closing.push(() => turn.stop())
  const devnet = new Process(
    'devnet',
    ['--port', '0', '--data', join(folder, 'ledger'), '--listen', PUBLIC_ADDRESS],
    {},
    prefix,
  )
  closing.push(() => devnet.stop())
  await devnet.start()
  const ledger = devnet.ready['rpc'] ?? ''
  const args = ['--ledger', ledger, '--listen', `${PUBLIC_ADDRESS}:0`, '--data', join(folder, 'node')]
  const ice = ['--stun', `${PUBLIC_ADDRESS}:${STUN_PORT}`, '--turn-url', turn.url]
  const node = new Process('s2', [...args, ...ice], { PARLEY_TURN_SECRET: TURN_SECRET }, prefix)
  closing.push(() => node.stop())
  await node.start()
  return { ledger, node: node.ready['endpoint'] ?? '' }
}

async function startPerson(
  lab: NatLab,
  folder: string,
  name: string,
  nat: Nat,
  network: { ledger: string; node: string },
  closing: (() => Promise<unknown>)[],
): Promise<NatPerson> {
  await mkdir(folder)
  const person = new NatPerson(await lab.host(name, nat), folder, network)
  closing.push(() => person.stop())
  await person.start(name)
  return person
}

async function befriend(a: NatPerson, b: NatPerson): Promise<void> {
  await a.call('contacts.add', { address: b.address, name: 'B' })
  await b.until('contact', ({ contact }) => contact.address === a.address && contact.state === 'incoming')
  await b.call('contacts.accept', { address: a.address })
  await a.until('contact', ({ contact }) => contact.address === b.address && contact.state === 'accepted')
}
