export { withNodeDesk, withRewardDesk } from './node-desk.ts'
export { createS2, type S2Options } from './create-s2.ts'
export { createApp } from './create-app.ts'
export type { App, AppListener, AppOptions, Runtime } from './types.ts'
