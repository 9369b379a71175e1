import type { Clock, Log, Random } from '../../base/index.ts'
import { sleep } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Replication } from '../replication/index.ts'
import type { Relay } from '../relay/relay.ts'

/** Between two links that are closed: the other home nodes let in 500 new ones a second and have their own to serve. */
const BETWEEN_LINKS_MS = 4
/** The share of the time that closing links may take; the rest is for what other nodes are still to get. */
const CLOSING_SHARE = 0.6
/** Where closing them takes longer than that, those that are left after this share go with the node. */
const LAST_SHARE = 0.8
const POLL_MS = 20

interface DrainParts {
  relay: Pick<Relay, 'all'>
  replication: Pick<Replication, 'waiting'>
  clock: Clock
  random: Random
  log: Log
}

/**
 * Sends the clients away one after the other, in an order that nobody knows, each to the home nodes that it is linked to anyway and to
 * a stand-in; then waits until the other nodes have taken what they were to be given. Ends after `ms` at the latest: what was
 * acknowledged is on disk here and comes back with the node.
 */
export async function drainLinks({ relay, replication, clock, random, log }: DrainParts, ms: number): Promise<void> {
  const started = clock.steady()
  const elapsed = () => clock.steady() - started
  const links = shuffled(relay.all(), random)
  const closingMs = Math.min(links.length * BETWEEN_LINKS_MS, ms * CLOSING_SHARE)
  let closed = 0
  while (closed < links.length && elapsed() < ms * LAST_SHARE) {
    // As many as are due by now: a timer is late, and closing takes time of its own.
    const due = Math.ceil(links.length * Math.min(1, (elapsed() + BETWEEN_LINKS_MS) / closingMs))
    while (closed < due && elapsed() < ms * LAST_SHARE)
      links[closed++]?.connection.close(
        new ParleyError('offline', 'The node is going away. Your other nodes are there.'),
      )
    await sleep(clock, BETWEEN_LINKS_MS)
  }
  while (replication.waiting > 0 && elapsed() < ms) await sleep(clock, Math.min(POLL_MS, Math.max(0, ms - elapsed())))
  log.info({ waiting: replication.waiting, left: links.length - closed }, 'the node has sent its clients away')
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const all = [...items]
  for (let left = all.length; left > 1; left--) {
    const at = Math.floor(random.float() * left)
    const last = all[left - 1] as T
    all[left - 1] = all[at] as T
    all[at] = last
  }
  return all
}
