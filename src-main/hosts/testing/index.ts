/**
 * For tests of hosts only: an app of simple answers, and the suite that every transport must pass.
 *
 *   transportSuite('WebSocket', async (app) => ({ channel, close }))
 */
export { alice, bob, createStandInApp, type StandInApp } from './stand-in-app.ts'
export { transportSuite, type TransportUnderTest } from './transport-suite.ts'
