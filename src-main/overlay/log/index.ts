/**
 * Ordered group logs: for each epoch of a group the first entry wins, for everybody and for ever. `core/` is the protocol without
 * any I/O (see docs/overlay.md, "Group logs"), the rest brings it onto the links of a node.
 *
 *   const logs = new GroupLogs({ state, map, peers, key, self: record.nodeKey, isNew, limits, meter, clock, random, log })
 *   services.push(logs.service) // serves logAppend and logRead of devices, and other nodes
 */
export { GroupLogs, type GroupLogsParts } from './logs.ts'
