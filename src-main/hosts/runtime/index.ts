/**
 * What the Electron and the headless host share: finding the parts of this installation, starting the worker and the
 * peer process on plain Node, serving the built window, and the user's choice of network.
 *
 *   const app = await createApp({ ...network, runtime: nodeRuntime(), version, profile, keystore: 'auto', log })
 */
export { pageHeaders } from './headers.ts'
export { findElectron, partPath, rendererDir, projectDir, readVersion } from './installation.ts'
export { type Network, parseLedger, resolveNetwork } from './network.ts'
export { defaultProfile } from './profile.ts'
export { earlyMlsWorker, nodeRuntime } from './spawn.ts'
export { type Asset, readAsset } from './assets.ts'
