import { parentPort } from 'node:worker_threads'
import { Secret, SerialQueue } from '../base/index.ts'
import { loadMls, type Mls, openMls, signingKeyFromSeed } from '../crypto/index.ts'
import { buffersOf, type FromWorker, ownBytes, type RequestMessage, type StartMessage, toWireError } from './rpc.ts'
import type { ToWorker } from './rpc.ts'

// Entry of the worker thread: takes its identity once, then answers requests one after another.

let now = 0
let mls: Promise<Mls> | undefined
const queue = new SerialQueue()

function begin(message: StartMessage): Promise<Mls> {
  const seed = new Secret(message.deviceSeed)
  const deviceKey = signingKeyFromSeed(seed)
  message.deviceSeed.fill(0)
  seed.wipe()
  return openMls({ certificate: message.certificate, deviceKey, now: () => now })
}

async function answer({ id, method, args, now: asked }: RequestMessage): Promise<FromWorker> {
  try {
    if (!mls) throw new Error('asked before the start')
    const groups = await mls
    now = asked
    const call = groups[method] as (...values: unknown[]) => Promise<unknown>
    return { kind: 'answer', id, value: await call.apply(groups, args) }
  } catch (thrown) {
    return { kind: 'failure', id, error: toWireError(thrown) }
  }
}

function send(message: FromWorker): void {
  const own = ownBytes(message)
  parentPort?.postMessage(own, buffersOf(own))
}

// Half of the thread's start: under way while the main thread unlocks the identity. A failure ends the thread.
void loadMls()

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'request') return void queue.run(async () => send(await answer(message)))
  if (mls) throw new Error('started twice')
  mls = begin(message)
  // A failed start ends the thread: the engine hears of it by the exit.
  void mls.then(() => send({ kind: 'ready' }))
})
