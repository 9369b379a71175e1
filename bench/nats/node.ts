import type { S2NodeOptions } from '../../src-main/overlay/index.ts'
import { createTestNode } from '../../src-main/testing/testnet-nodes.ts'

/** No limit stands in the way of what is measured. */
const MANY = { perSecond: 1e9, burst: 1e9 }
const ROOM = { count: 1e9, bytes: 1e12 }
const given = JSON.parse(process.argv[2] ?? '{}') as Pick<S2NodeOptions, 'dataDir' | 'identity' | 'cluster'>

/** One process of a node, for the measurement to start and end. Prints its endpoint. */
const node = createTestNode({
  ...given,
  limits: { accept: MANY, acceptPerHost: MANY, frames: MANY, mailbox: ROOM, mailboxPerSender: ROOM },
})
await node.start()
console.log(node.endpoint)
