export { createApp } from './create-app.ts'
export type { App, AppListener, AppOptions, Runtime } from './types.ts'
