/**
 * The app on plain Node: serves the built window to a browser on this machine, and the same calls to bots over HTTP.
 *
 *   const host = createHeadlessHost({ app, rendererDir: 'out/renderer', listen: '127.0.0.1:0', log })
 *   const { url, api, token } = await host.start()   // url opens the window once, token is for bots
 *   await host.stop()
 */
export { createHeadlessHost } from './host.ts'
export { parseListen } from './listen.ts'
export type { HeadlessHost, HeadlessHostOptions, HeadlessHostStarted } from './types.ts'
