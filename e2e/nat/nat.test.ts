import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canMakeNatLab } from '../../src-main/testing/nat-lab.ts'
import { currentPath, meet, moveInTheMiddle } from '../../src-main/testing/nat-matrix.ts'
import { type NatNet, startNatNet } from '../../src-main/testing/nat-net.ts'
import type { NatPerson } from '../../src-main/testing/nat-person.ts'
import { hasTurnServer } from '../../src-main/testing/turn.ts'

const isPossible = hasTurnServer && (await canMakeNatLab())
if (!isPossible) console.warn('The NAT matrix is skipped: it needs root, network namespaces, iptables and coturn.')
/** The best path is found by checks that are repeated; the one that carries meanwhile loses nothing. */
const BEST_PATH_MS = 20_000

describe.skipIf(!isPossible)('real daemons behind NAT', { timeout: 120_000 }, () => {
  let net: NatNet
  let ann: NatPerson
  let ben: NatPerson
  let sam: NatPerson
  beforeAll(async () => {
    net = await startNatNet()
    ann = await net.person('ann', 'cone')
    ben = await net.person('ben', 'cone')
    sam = await net.person('sam', 'symmetric')
  }, 120_000)
  afterAll(() => net?.stop(), 60_000)

  it('two behind cone NAT find a direct path', async () => {
    expect((await meet(net, ann, ben, 'direct nat')).path).toBe('direct nat')
  })

  it('one behind cone NAT and one behind symmetric NAT meet at the TURN server', async () => {
    expect((await meet(net, ann, sam, 'direct turn')).path).toBe('direct turn')
  })

  it('two behind symmetric NAT meet at the TURN server', async () => {
    const sue = await net.person('sue', 'symmetric')
    expect((await meet(net, sam, sue, 'direct turn')).path).toBe('direct turn')
  })

  it('one whose network lets no UDP through writes by the relay', async () => {
    const tom = await net.person('tom', 'no-udp')
    expect((await meet(net, ann, tom, 'relay')).path).toBe('relay')
  })

  it('whoever never reveals their address sends not one packet to the other', async () => {
    const eve = await net.person('eve', 'cone')
    await eve.call('settings.set', { directConnections: false })
    const atBen = await ben.host.watch(eve.host.publicAddress)
    const atEve = await eve.host.watch(ben.host.publicAddress)
    expect((await meet(net, eve, ben, 'direct turn')).path).toBe('direct turn')
    expect(await atBen()).toBe(0)
    // Nor can the other, who hides nothing, send anything there.
    expect(await atEve()).toBe(0)
  })

  it('a change of network in the middle loses nothing, doubles nothing, and finds a direct path again', async () => {
    expect(await currentPath(ann, ben)).toBe('direct nat')
    const { arrived } = await moveInTheMiddle(ann, ben, ben, 'cone')
    expect(arrived).toEqual(Array.from({ length: 60 }, (_, index) => `message ${index}`))
    // By way of the TURN server at first, where its check came through before the others.
    await expect.poll(() => currentPath(ann, ben), { timeout: BEST_PATH_MS }).toBe('direct nat')
  })
})
