import { ParleyError } from '../../contract/index.ts'
import type { LinkFrame } from '../../wire/index.ts'
import type { DeviceLink } from '../relay/device-link.ts'
import { serveCommon } from './serve-common.ts'
import { serveByDevice } from './service.ts'
import type { ServingParts } from './serving.ts'

/** Serves the frames of a linked device; a refusal is answered as an error frame. */
export function serveDevice(link: DeviceLink, parts: ServingParts): (frame: LinkFrame) => void {
  return (frame) => {
    // Too late: the envelope is in the mailbox by now, and comes again from there.
    if (frame.name === 'accept') return
    // Not limited where it is awaited: refused, it would only make the envelope come again, and there are as many as went out.
    if (frame.name === 'acceptMail' && link.awaits(frame.body.digest)) return void serveAccepted(link, parts, frame)
    parts.frames.require(link.address)
    // Of something else, or once more: there is nothing to do.
    if (frame.name === 'acceptMail') return
    if (frame.name === 'send') return void serveSend(link, parts, frame)
    serve(link, parts, frame).catch((error: unknown) => link.connection.sendError(frame.id, error))
  }
}

async function serveAccepted(
  link: DeviceLink,
  { log }: ServingParts,
  { id, body }: Extract<LinkFrame, { name: 'acceptMail' }>,
): Promise<void> {
  try {
    await link.accepted(body.digest, body.signature)
  } catch (error) {
    log.warn({ err: error }, 'an accepted envelope stays in the mailbox')
    link.connection.sendError(id, error)
    // Each check costs a tenth of a millisecond, and whoever signs wrongly once does so again.
    if (error instanceof ParleyError && error.code === 'bad_signature') link.connection.close(error)
  }
}

async function serve(link: DeviceLink, parts: ServingParts, frame: LinkFrame): Promise<void> {
  const { connection, address } = link
  if (frame.name === 'putPresence') await parts.registry.stays(link, parts.clock.now())
  if (await serveCommon(connection, parts, frame, link.source)) return
  if (await serveByDevice(parts, link, frame)) return
  const { id } = frame
  switch (frame.name) {
    case 'getSector':
      return connection.send('sector', id, parts.sector(frame.body.address))
    case 'putRevocation':
      parts.revoking.require(address)
      await parts.revoker.put(frame.body.revocation, address)
      return connection.send('ok', id, {})
    case 'getDevices':
      return connection.send('devices', id, { certificates: parts.registry.certificates(address, parts.clock.now()) })
    case 'setAllowed':
      await setAllowed(link, parts, frame)
      return connection.send('ok', id, {})
    case 'putKeyPackages':
      return publish(link, parts, frame)
    case 'takeKeyPackages': {
      parts.takes.require(address)
      const packages = await parts.directory.takeKeyPackages(
        { ...frame.body, lastResort: true },
        { ask: true, unused: true },
      )
      connection.send('keyPackages', id, { packages })
      return tellStock(parts, packages)
    }
    default:
      throw new ParleyError('not_supported', 'A device does not send such a frame.')
  }
}

const results = {
  delivered: { result: { delivered: true } },
  queued: { result: { queued: true } },
  dropped: { result: { dropped: true } },
} as const

/** By itself, as it is what a node does all day: each step that waits costs a microsecond and memory. */
async function serveSend(
  { connection, sender }: DeviceLink,
  { meter, relay, counters }: ServingParts,
  { id, body }: Extract<LinkFrame, { name: 'send' }>,
): Promise<void> {
  try {
    const result = await meter.send(sender, body, () => relay.send(sender, body, 'client'))
    counters.ended(result, body.envelope.length)
    connection.send('sendResult', id, results[result] as never)
  } catch (thrown) {
    counters.refuse(thrown)
    connection.sendError(id, thrown)
  }
}

async function setAllowed(
  link: DeviceLink,
  { registry, clock }: ServingParts,
  { body }: Extract<LinkFrame, { name: 'setAllowed' }>,
): Promise<void> {
  const { addresses: senders, ...signed } = body
  const list = { ...signed, address: link.address, senders, certificate: link.certificate }
  const stands = await registry.setAllowed(list, clock.now())
  link.toldContacts()
  if (stands > body.version)
    throw new ParleyError('conflict', 'Another device of this address has said later who may write.', {
      reason: `version:${stands}`,
    })
}

async function publish(
  link: DeviceLink,
  { registry, clock }: ServingParts,
  frame: Extract<LinkFrame, { name: 'putKeyPackages' }>,
): Promise<void> {
  const { packages, lastResort } = frame.body
  const count = await registry.publish(link, packages, lastResort, clock.now())
  link.connection.send('stock', frame.id, { count })
}

/** Tells linked devices whose stock has become smaller. */
export function tellStock(
  { relay, registry }: Pick<ServingParts, 'relay' | 'registry'>,
  taken: readonly { device: string }[],
): void {
  for (const { device } of taken) relay.link(device)?.connection.send('stock', 0, { count: registry.stock(device) })
}
