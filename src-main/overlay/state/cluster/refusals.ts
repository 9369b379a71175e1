import { JetStreamApiError } from '@nats-io/jetstream'

/** JetStream's own codes: fewer servers with JetStream than copies; and a server that is alone keeps one only. */
const TOO_FEW: ReadonlySet<number> = new Set([10_005, 10_074])
/** ... and: a limit of the servers or of the account leaves no room for a log of that size. */
const TOO_SMALL: ReadonlySet<number> = new Set([10_002, 10_023, 10_047])
/** A cluster gives its code for too few servers where they are enough, but too small. */
const SMALL_SERVERS = 'insufficient storage'

/** The client's class for it is not exported. */
const NOT_ENABLED = 'JetStreamNotEnabled'

/** The cluster has fewer servers than copies are wanted; more may come. */
export class TooFewServers extends Error {
  constructor() {
    super('the NATS cluster has too few servers')
  }
}

/** Throws `TooFewServers` where the cluster says so. */
export async function placed<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw isTooFew(error) ? new TooFewServers() : error
  }
}

/** What the cluster's operator has to do before it keeps `replicas` copies of the log; undefined where waiting may be enough. */
export function cureOf(error: unknown, replicas: number): string | undefined {
  if (error instanceof TooFewServers)
    return `The NATS cluster has too few servers to keep ${replicas} copies of the state: start more, or ask for fewer with --nats-replicas.`
  if (error instanceof Error && error.name === NOT_ENABLED)
    return 'JetStream is off at the NATS server: give it “jetstream { store_dir: … }” in its configuration, and allow it to the account.'
  if (isTooSmall(error))
    return `The NATS cluster has too little storage for the state (“${error.message}”): raise max_file of each server to 4GB.`
  return undefined
}

function isTooFew(error: unknown): boolean {
  return error instanceof JetStreamApiError && TOO_FEW.has(error.code) && !isTooSmall(error)
}

function isTooSmall(error: unknown): error is JetStreamApiError {
  return error instanceof JetStreamApiError && (TOO_SMALL.has(error.code) || error.message.includes(SMALL_SERVERS))
}
