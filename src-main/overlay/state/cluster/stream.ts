import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from '@nats-io/jetstream'
import { ParleyError } from '../../../contract/index.ts'
import { placed, TooFewServers } from './refusals.ts'

/** JetStream's own code: there is no such stream. */
const NO_STREAM = 10_059
/** ... and: a stream of this name with other settings is there. */
const NAME_IN_USE = 10_058
/** A message that is given twice within this counts once; a process gives up long before. */
const DUPLICATE_WINDOW_NS = 120_000_000_000

export interface LogStream {
  name: string
  subject: string
  /** Of the state that began with this stream. */
  incarnation: string
}

export interface LogSettings {
  name: string
  nodeKey: string
  replicas: number
  /** Bytes that the log may take between two snapshots. */
  logBytes: number
  /** For a state that begins now. */
  incarnation: string
}

/**
 * Finds or makes the one stream that holds a node's log. Its subject names the node's key: another key is refused with
 * `conflict`, because two nodes must not mix their states.
 */
export async function ensureLog(manager: JetStreamManager, settings: LogSettings): Promise<LogStream> {
  const { name, nodeKey } = settings
  const subject = `${name}.log.${nodeKey}`
  const info = (await findLog(manager, name)) ?? (await make(manager, settings, subject))
  if (!info.config.subjects?.includes(subject))
    throw new ParleyError(
      'conflict',
      `The cluster's state "${name}" belongs to another node key: another process of the same node gets the first one's ` +
        'node.json with --identity, another node its own --nats-name.',
    )
  await raise(manager, info, settings.replicas)
  return { name, subject, incarnation: incarnationIn(info) }
}

/** Of the state that began with this stream. */
export function incarnationIn({ config }: StreamInfo): string {
  return config.description ?? ''
}

/** Has the cluster keep so many copies of a stream that has fewer, as of one that began on a single server. */
export async function raise(
  manager: JetStreamManager,
  { config, cluster }: StreamInfo,
  replicas: number,
): Promise<void> {
  // A server that is alone takes any number, and keeps one copy.
  if (replicas > 1 && !cluster) throw new TooFewServers()
  if (config.num_replicas < replicas) await placed(manager.streams.update(config.name, { num_replicas: replicas }))
}

/** Undefined where there is none yet. */
export async function findLog(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name)
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === NO_STREAM) return undefined
    throw error
  }
}

async function make(
  manager: JetStreamManager,
  { name, replicas, logBytes, incarnation }: LogSettings,
  subject: string,
): Promise<StreamInfo> {
  try {
    const added = manager.streams.add({
      name,
      description: incarnation,
      subjects: [subject],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      // What is not in a snapshot yet must never make room for what is new.
      discard: DiscardPolicy.New,
      num_replicas: replicas,
      max_bytes: logBytes,
      duplicate_window: DUPLICATE_WINDOW_NS,
      deny_delete: true,
    })
    return await placed(added)
  } catch (error) {
    // Two processes begin at once.
    if (error instanceof JetStreamApiError && error.code === NAME_IN_USE) return manager.streams.info(name)
    throw error
  }
}
