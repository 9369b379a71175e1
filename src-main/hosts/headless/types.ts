import type { App } from '../../app/index.ts'
import type { Clock, Log, Random } from '../../base/index.ts'

export interface HeadlessHostOptions {
  app: App
  /** The folder of the built window. */
  rendererDir: string
  /** `host:port` on loopback; port 0 takes a free one. */
  listen: string
  log: Log
  clock?: Clock
  random?: Random
}

export interface HeadlessHostStarted {
  /** Opens the window in a browser, once and within minutes. */
  url: string
  /** Base of the HTTP API, without a trailing slash. */
  api: string
  /** Bearer token of the HTTP API, valid while the host runs. */
  token: string
}

export interface HeadlessHost {
  /** Throws `invalid_params` for an address beyond loopback, `conflict` where the port is taken. */
  start(): Promise<HeadlessHostStarted>
  /** One more one-time URL. */
  createUrl(): string
  /** Ends every client; the app itself goes on. */
  stop(): Promise<void>
}
