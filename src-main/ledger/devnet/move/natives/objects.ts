import { toBase58 } from '@iota/bcs'
import { encodeValue } from '../codec.ts'
import { Fault, tooLarge } from '../failure.ts'
import { MAX_EVENT_BYTES, MAX_EVENTS, MAX_OBJECTS } from '../limits.ts'
import { derivedId, type Owner } from '../../objects/index.ts'
import { type Type, typeText } from '../type.ts'
import { bytesValue, Reference, type Value } from '../value.ts'
import { addressOf, bytesOf, integer, pointed } from './arguments.ts'
import type { Native, NativeContext } from './types.ts'

/** The first type argument and value of a native that takes an object or event, as BCS. */
function described(value: Value | undefined, { library, typeArguments, meter }: NativeContext) {
  const type = typeArguments[0] as Type
  const bytes = encodeValue(library, type, pointed(value))
  meter.charge(BigInt(bytes.length))
  return { type: typeText(type), bytes }
}

function handOver(owner: (values: readonly Value[]) => Owner): Native {
  return (values, context) => {
    const { transferred } = context.world
    if (transferred.length >= MAX_OBJECTS) throw tooLarge('too many objects', transferred.length + 1, MAX_OBJECTS)
    transferred.push({ ...described(values[0], context), owner: owner(values) })
    return []
  }
}

/** The module that declares the event is the one whose code emits it: `verify` lets no other call this. */
const emit: Native = ([value], context) => {
  const { events } = context.world
  const event = described(value, context)
  if (events.length >= MAX_EVENTS) throw tooLarge('too many events', events.length + 1, MAX_EVENTS)
  if (event.bytes.length > MAX_EVENT_BYTES) throw tooLarge('an event', event.bytes.length, MAX_EVENT_BYTES)
  const [address = '', module = ''] = event.type.split('::')
  events.push({ ...event, package: address, module })
  return []
}

const borrowUid: Native = ([value]) => {
  if (!(value instanceof Reference)) throw new Fault('this is no object')
  return [value.part(0, false)]
}

export const objectNatives: Record<string, Native> = {
  '0x2::event::emit': emit,
  '0x2::object::borrow_uid': borrowUid,
  '0x2::object::delete_impl': ([id], { world }) => {
    if (world.deleted.length >= MAX_OBJECTS) throw tooLarge('too many objects', world.deleted.length + 1, MAX_OBJECTS)
    world.deleted.push(addressOf(id))
    return []
  },
  '0x2::tx_context::derive_id': ([digest, index], { world }) => {
    if (world.created.length >= MAX_OBJECTS) throw tooLarge('too many objects', world.created.length + 1, MAX_OBJECTS)
    const id = derivedId(toBase58(bytesOf(digest)), integer(index))
    world.created.push(id)
    return [id]
  },
  '0x2::transfer::transfer_impl': handOver(([, recipient]) => ({ AddressOwner: addressOf(recipient) })),
  // The version at which it became shared is only known where it is written; the ledger fills it in.
  '0x2::transfer::share_object_impl': handOver(() => ({ Shared: { initialSharedVersion: '0' } })),
  '0x2::transfer::freeze_object_impl': handOver(() => ({ Immutable: true })),
  '0x1::bcs::to_bytes': ([value], context) => [bytesValue(described(value, context).bytes)],
}
