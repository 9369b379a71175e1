import type { AppOptions } from '../../app/index.ts'
import { createLog, type SecretText } from '../../base/index.ts'
import { createHeadlessHost, type HeadlessHostStarted } from '../headless/index.ts'
import { type Network, nodeRuntime, readVersion, rendererDir } from '../runtime/index.ts'
import { type CommandIo, untilAborted } from './command.ts'

export interface HeadlessOptions {
  profile: string
  network: Network
  keystore: AppOptions['keystore']
  passphrase: SecretText | undefined
  /** `host:port` for the window and the bots. */
  listen: string
  bindAddress?: string | undefined
}

/** Runs the app on this process until the signal, and tells where it is once it is ready. */
export async function runHeadless(
  options: HeadlessOptions,
  io: CommandIo,
  onReady: (started: HeadlessHostStarted) => void,
): Promise<number> {
  const log = createLog(io.env['PARLEY_LOG'] === 'debug' ? 'debug' : 'info')
  const runtime = nodeRuntime()
  // Loaded only now: a wrong argument is answered before the whole product has been read.
  const { createApp } = await import('../../app/index.ts')
  const app = await createApp({
    ...options.network,
    version: readVersion(),
    profile: options.profile,
    keystore: options.keystore,
    ...(options.passphrase && { passphrase: options.passphrase }),
    ...(options.bindAddress && { bindAddress: options.bindAddress }),
    runtime,
    log,
  })
  const host = createHeadlessHost({ app, rendererDir: rendererDir(), listen: options.listen, log })
  try {
    onReady(await host.start())
    await untilAborted(io.signal)
  } finally {
    await host.stop()
    await app.stop()
  }
  return 0
}
