import { core } from './0001-core.ts'
import { search } from './0002-search.ts'
import { revocations } from './0003-revocations.ts'
import { wallet } from './0004-wallet.ts'
import { rooms } from './0005-rooms.ts'
import { paymentIds } from './0006-payment-ids.ts'
import { activityKinds } from './0007-activity-kinds.ts'
import { relayFees } from './0008-relay-fees.ts'
import { keyLog } from './0009-key-log.ts'
import { relayDues } from './0011-relay-dues.ts'
import { groupGenerations } from './0010-group-generations.ts'

/** In order; the place in the list is the schema version. Never change one that was released: add the next. */
export const migrations: readonly string[] = [
  core,
  search,
  revocations,
  wallet,
  rooms,
  paymentIds,
  activityKinds,
  relayFees,
  keyLog,
  groupGenerations,
  relayDues,
]
