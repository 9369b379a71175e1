/**
 * The overlay of S2 nodes: a device's side (`createOverlay`) and a node (`createS2Node`), PROTOCOL sections 3 to 5.
 *
 *   const overlay = createOverlay({ identity, chain, nodes, salt, clock, random, log })
 *   overlay.on('envelope', ({ bytes, accept }) => { save(bytes); accept() })
 *   await overlay.start()
 *   const result = await overlay.send({ address, device }, envelope, 'message', 30 * DAY) // delivered | queued
 */
export type { OverlayOptions } from './client/options.ts'
export { createOverlay } from './client/overlay.ts'
export { asksItself, nanosAsked, postageAsked } from './fees/asks.ts'
export type { LinkedNode } from './fees/linked-node.ts'
export type { CountedAppend, CountedRead, CountedSend, RelayPayer } from './fees/payer.ts'
export {
  APPEND_KEPT_MS,
  appendUse,
  creditOf,
  isMetered,
  NO_PRICES,
  nanosOf,
  partsOf,
  relayUse,
  type Use,
  useOf,
} from './fees/prices.ts'
export { RewardDesk, type RewardDeskOptions, type Rewards } from './fees/rewards.ts'
export type { FeeOptions } from './fees/service.ts'
export { GatewayClient, type GatewayClientOptions } from './gateway/transport.ts'
export type { IceOptions } from './ice/service.ts'
export { defaultLimits, type NodeLimits } from './limits/limits.ts'
export { formatNodeAddress, parseNodeAddress } from './link/address.ts'
export { createS2Node, type S2Node, type S2Status } from './node/node.ts'
export type { NodeCluster, S2NodeOptions } from './node/options.ts'
export { buildPresence, checkPresence } from './presence/packet.ts'
export { type DepartureOptions, OperatorDesk, type Registration, type Withdrawal } from './registry/departure.ts'
export { RecordCheck, type RecordCheckOptions } from './registry/record-check.ts'
export type { RegistryOptions, RegistryStatus } from './registry/service.ts'
export { homeNodes, rankNodes } from './sector/rank.ts'
export { SectorRing } from './sector/ring.ts'
export type * from './types.ts'
