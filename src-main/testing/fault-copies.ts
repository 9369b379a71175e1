import { type OverlayIdentity, rankNodes } from '../overlay/index.ts'
import { createDevice, dialAs, testEnvelope, type TestDevice } from '../overlay/test-device.ts'
import type { FaultLab } from './fault-lab.ts'
import type { FaultNet, FaultNode } from './fault-net.ts'
import { testIdentity, waitFor } from './testnet-nodes.ts'

const MESSAGES = 10
/** Many packets. */
const ENVELOPE_BYTES = 20_000
const DAY_MS = 24 * 3_600_000
/** Less than the three seconds after which a node may take silent ones for dead, and be content with its own copy. */
const ALONE_MS = 2_000
const ANSWER_MS = 10_000

export interface CopiesReport {
  /** Acknowledged in the end, by the first home or by another node. */
  acknowledged: number
  /** Of them, those that the recipient did not get while the first home was gone. */
  lost: number
}

/**
 * Has the first home of somebody who is away take mail while none of it gets through to other nodes, and kills it: what it acknowledged
 * must be at others all the same, what it did not is sent to them, and the recipient finds all of it there. Undefined
 * without namespaces. Afterwards every node is up. Throws where the fault had no effect.
 */
export async function loseHome(net: FaultNet, onPhase: (what: string) => void): Promise<CopiesReport | undefined> {
  const { lab, nodes } = net
  if (!lab) return undefined
  const sender = testIdentity()
  const { recipient, home } = await leave(net, sender)
  const others = nodes.filter((node) => node !== home)
  const [second] = others.filter(({ index }) => index !== net.clock.node)
  if (!second) throw new Error('there is no other node')
  const mail = Array.from({ length: MESSAGES }, () => testEnvelope(sender, ENVELOPE_BYTES))
  const acknowledged = new Set<string>()
  onPhase(`node ${home.index} tells the others nothing of its mail, and is killed`)
  const alone = performance.now() + ALONE_MS
  for (const { index } of others) await lab.loseLong(home.index, index)
  await send(net, sender, recipient, home, mail, acknowledged, alone)
  await home.kill()
  await requireFault(lab, home, others)
  const rest = mail.filter(({ id }) => !acknowledged.has(id))
  await send(net, sender, recipient, second, rest, acknowledged, performance.now() + ANSWER_MS)
  const lost = await fetchMail(net, others, recipient, acknowledged)
  for (const { index } of others) await lab.heal(index)
  await home.start()
  return { acknowledged: acknowledged.size, lost }
}

/**
 * Somebody who was here, has the sender for a contact, and is away; and the first node that keeps his mail. Not the one with the wrong
 * clock: where it is behind, it lets in nobody whose certificate is new.
 */
async function leave(net: FaultNet, sender: OverlayIdentity): Promise<{ recipient: TestDevice; home: FaultNode }> {
  const recipient = await enter(net, net.nodes)
  recipient.overlay.setContacts([sender.certificate.addressText])
  await recipient.overlay.contactsTold()
  await recipient.overlay.stop()
  const keys = net.nodes.map((node) => ({ node, nodeKey: node.nodeId }))
  const ranked = rankNodes(keys, recipient.to.address, await net.salt())
  const first = ranked.find(({ node }) => node.index !== net.clock.node)
  if (!first) throw new Error('there is no node')
  return { recipient, home: first.node }
}

async function enter(net: FaultNet, nodes: readonly FaultNode[], identity = testIdentity()): Promise<TestDevice> {
  const salt = await net.salt()
  const addresses = nodes.map(({ address }) => address)
  const device = createDevice(addresses, { identity, chain: net.chain, salt: () => salt })
  await device.overlay.start()
  await waitFor(() => device.overlay.links().filter(({ state }) => state === 'connected').length >= 2)
  return device
}

/** Sends over one link to one node; what that acknowledges until then is added. */
async function send(
  net: FaultNet,
  from: OverlayIdentity,
  { to }: TestDevice,
  node: FaultNode,
  mail: readonly { id: string; bytes: Uint8Array }[],
  acknowledged: Set<string>,
  until: number,
): Promise<void> {
  const link = await dialAs(from, node.address, net.chain)
  const sent = mail.map(async ({ id, bytes: envelope }) => {
    const body = { ...to, ttl: DAY_MS, urgency: { message: true } as never, envelope }
    await link.request('send', body, 'sendResult', Math.max(0, until - performance.now()))
    // Of what came late it may be that the node was alone by then.
    if (performance.now() < until) acknowledged.add(id)
  })
  await Promise.allSettled(sent)
  link.close()
}

/** Throws unless packets were lost and the process is gone. */
async function requireFault(lab: FaultLab, home: FaultNode, others: readonly FaultNode[]): Promise<void> {
  const lost = await Promise.all(others.map(({ index }) => lab.lost(index)))
  if (lost.every((packets) => packets === 0)) throw new Error('the mail of the first home got through')
  if (home.isRunning()) throw new Error('the first home was killed and runs')
}

/** The recipient is back and asks these nodes: how many of these envelopes do not come. */
async function fetchMail(
  net: FaultNet,
  nodes: readonly FaultNode[],
  { identity }: TestDevice,
  wanted: ReadonlySet<string>,
): Promise<number> {
  const { overlay, received } = await enter(net, nodes, identity)
  const missing = () => [...wanted].filter((id) => !received.some((each) => each.id === id)).length
  await waitFor(() => missing() === 0, ANSWER_MS).catch(() => {})
  await overlay.stop()
  return missing()
}
