import { silentLog, systemClock, systemRandom } from '../base/index.ts'
import { parseNodeAddress } from '../overlay/index.ts'
import { dial } from '../overlay/link/dial.ts'
import type { FaultNet, FaultNode } from './fault-net.ts'
import { testIdentity } from './testnet-nodes.ts'

/** A node looks at its disk every 15 s at least, and at once when something could not be written. */
const DISK_MS = 20_000
/** What a link and a busy machine add to what a clock says. */
const CLOCK_MS = 60_000
/** A machine that is plugged in again has its link a second later. */
const WHOLE_MS = 10_000
const AGAIN_MS = 100

/** Whether two nodes get no answer from each other, as each of them finds by asking. */
export async function areApart({ lab }: FaultNet, one: FaultNode, other: FaultNode): Promise<boolean> {
  const reach = [lab?.reaches(one.index, other.index), lab?.reaches(other.index, one.index)]
  return (await Promise.all(reach)).every((reaches) => reaches === false)
}

/** The same for an answer, each way, which is waited for. */
export function areTogether({ lab }: FaultNet, one: FaultNode, other: FaultNode): Promise<boolean> {
  const isWhole = async () => (await lab?.reaches(one.index, other.index)) && lab?.reaches(other.index, one.index)
  return comes(async () => (await isWhole()) === true, WHOLE_MS)
}

/** Whether the node itself says that its disk takes nothing more, which is waited for. */
export function saysFull(node: FaultNode): Promise<boolean> {
  return comes(async () => (await node.health()) === 'storage_full', DISK_MS)
}

/** Whether the wrong clock is off as it should be, by what its node tells a device that links to it. */
export async function isClockOff({ nodes, chain, clock: { node, offsetMs } }: FaultNet): Promise<boolean> {
  const { certificate, deviceKey: key } = testIdentity()
  let ahead: number | undefined
  const dialled = dial({
    node: parseNodeAddress(nodes[node]?.address ?? ''),
    credentials: { role: 'device', certificate: certificate.signed, key },
    chain,
    random: systemRandom,
    log: silentLog,
    onTime: (theirs) => (ahead = theirs - systemClock.now()),
  })
  await dialled.then(
    ({ connection }) => connection.close(),
    (error: unknown) => {
      // One that is behind says what time it is and lets nobody in: the certificate is from its future.
      if (ahead === undefined) throw error
    },
  )
  return offsetMs !== 0 && Math.abs((ahead ?? 0) - offsetMs) < CLOCK_MS
}

async function comes(condition: () => Promise<boolean>, ms: number): Promise<boolean> {
  const until = performance.now() + ms
  while (!(await condition())) {
    if (performance.now() > until) return false
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
  return true
}
