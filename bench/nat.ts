import { canMakeNatLab, type Nat } from '../src-main/testing/nat-lab.ts'
import { meet, type Meeting, moveInTheMiddle } from '../src-main/testing/nat-matrix.ts'
import { type NatNet, startNatNet } from '../src-main/testing/nat-net.ts'
import { hasTurnServer } from '../src-main/testing/turn.ts'
import { type Figure, median } from './figures.ts'

const ROUNDS = 3
const CASES: { name: string; nats: [Nat, Nat]; expected: string }[] = [
  { name: 'cone, cone', nats: ['cone', 'cone'], expected: 'direct nat' },
  { name: 'cone, symmetric', nats: ['cone', 'symmetric'], expected: 'direct turn' },
  { name: 'symmetric, symmetric', nats: ['symmetric', 'symmetric'], expected: 'direct turn' },
  { name: 'UDP blocked, cone', nats: ['no-udp', 'cone'], expected: 'relay' },
]

/**
 * Real daemons in network namespaces with NAT, a node, a ledger and coturn in a public one: time to the first message between
 * two who have just become contacts, and to the path that stays; and what a change of network in the middle costs.
 */
export default async function nat(): Promise<Figure[]> {
  if (!hasTurnServer || !(await canMakeNatLab()))
    throw new Error('This needs root, network namespaces, iptables and coturn (npm run setup).')
  const figures: Figure[] = []
  for (const { name, nats, expected } of CASES) {
    const met: Meeting[] = []
    for (let round = 0; round < ROUNDS; round++) met.push(await withNet((net) => meetAs(net, nats, expected)))
    figures.push({ name: `${name}: first message, p50`, value: median(met.map(({ firstMs }) => firstMs)), unit: 'ms' })
    const best = met.flatMap(({ bestMs }) => bestMs ?? [])
    if (best.length > 0)
      figures.push({ name: `${name}: best path (${expected}), p50`, value: median(best), unit: 'ms' })
  }
  return [...figures, ...(await withNet(move))]
}

async function withNet<T>(work: (net: NatNet) => Promise<T>): Promise<T> {
  const net = await startNatNet()
  try {
    return await work(net)
  } finally {
    await net.stop()
  }
}

async function meetAs(net: NatNet, [one, other]: [Nat, Nat], expected: string): Promise<Meeting> {
  return await meet(net, await net.person('a', one), await net.person('b', other), expected)
}

async function move(net: NatNet): Promise<Figure[]> {
  const [a, b] = [await net.person('a', 'cone'), await net.person('b', 'cone')]
  await meet(net, a, b, 'direct nat')
  const { messageMs, gapMs, bestMs, path, arrived } = await moveInTheMiddle(a, b, b, 'cone')
  return [
    { name: 'change of network: messages that arrived once, of 60', value: new Set(arrived).size, unit: 'count' },
    { name: 'change of network: first message after it', value: messageMs, unit: 'ms' },
    { name: 'change of network: longest silence', value: gapMs, unit: 'ms' },
    { name: `change of network: new path (${path})`, value: bestMs, unit: 'ms' },
  ]
}
