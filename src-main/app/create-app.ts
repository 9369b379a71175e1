import type { App, AppOptions } from './types.ts'

export async function createApp(_options: AppOptions): Promise<App> {
  throw new Error('being written')
}
