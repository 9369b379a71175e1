import type { Clock, Log, Random } from '../../base/index.ts'
import { sleep } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Replication } from '../replication/index.ts'
import type { Relay } from '../relay/relay.ts'

/** Between two links that are closed: the other home nodes let in 500 new ones a second and have their own to serve. */
const BETWEEN_LINKS_MS = 4
/** The share of the time that closing links may take; the rest is for what other nodes are still to get. */
const CLOSING_SHARE = 0.6
const POLL_MS = 20

interface DrainParts {
  relay: Relay
  replication: Replication
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
  const until = clock.now() + ms
  const links = relay.all()
  const pause = Math.min(BETWEEN_LINKS_MS, (ms * CLOSING_SHARE) / Math.max(1, links.length))
  for (let left = links.length; left > 0; left--) {
    const at = Math.floor(random.float() * left)
    const link = links[at]
    links[at] = links[left - 1] as (typeof links)[number]
    link?.connection.close(new ParleyError('offline', 'The node is going away. Your other nodes are there.'))
    await sleep(clock, pause)
  }
  while (replication.waiting > 0 && clock.now() < until) await sleep(clock, POLL_MS)
  log.info({ waiting: replication.waiting }, 'the node has sent its clients away')
}
