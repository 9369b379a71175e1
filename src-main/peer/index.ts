/**
 * Direct connections to devices: data channels in a process of their own, beside the relay and never awaited by a message
 * (PROTOCOL section 6). What arrives is opaque here; signalling comes sealed and signed from whoever provides it.
 *
 *   const peers = createPeers({ deviceId, addressOf, signalling, spawn: spawnChildProcess(), options, clock, random, log })
 *   await peers.start()
 *   peers.on('message', async ({ bytes, accept }) => { await store(bytes); accept() })
 *   peers.connect(device)
 *   if (peers.isOpen(device)) await peers.send(device, envelope)
 */
export { createPeers, type PeersParts } from './peers.ts'
export { childEnvironment, spawnChildProcess } from './spawn.ts'
export type * from './types.ts'
