import { fromHex, utf8 } from '../../base/index.ts'
import { addressBytes, hash256, type NodeRecordValue } from '../../wire/index.ts'
import { HOME_NODES } from '../constants.ts'

const SECTOR = utf8('parley/sector/1')
const NODE = utf8('parley/node/1')

/** Nodes by XOR distance to an address under a salt, nearest first (PROTOCOL section 4). */
export function rankNodes<N extends Pick<NodeRecordValue, 'nodeKey'>>(
  nodes: readonly N[],
  address: string,
  salt: Uint8Array,
): N[] {
  const point = hash256(SECTOR, salt, addressBytes(address))
  return nodes
    .map((node) => ({ node, distance: xor(point, hash256(NODE, salt, fromHex(node.nodeKey))) }))
    .sort((a, b) => Buffer.compare(a.distance, b.distance))
    .map(({ node }) => node)
}

/** The home nodes of an address: the nearest three, or all where there are fewer. */
export function homeNodes<N extends Pick<NodeRecordValue, 'nodeKey'>>(
  nodes: readonly N[],
  address: string,
  salt: Uint8Array,
): N[] {
  return nodes.length <= HOME_NODES ? [...nodes] : rankNodes(nodes, address, salt).slice(0, HOME_NODES)
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, index) => byte ^ (b[index] ?? 0))
}
