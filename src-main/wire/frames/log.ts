import { bcs } from '@iota/bcs'
import { Bytes64, ByteVector } from '../identity.ts'
import { boundedVector } from '../vector.ts'
import { Address, frame, KeyHex, SMALL } from './define.ts'

/** A commit of a conversation's group: as large as an envelope. */
export const MAX_LOG_ENTRY_BYTES = 64 * 1024
/** Nodes that keep a log: its home nodes, with room for a later version. */
export const MAX_LOG_MEMBERS = 8
/** Entries in one frame, and the bytes that they may take together: two of the largest with more beside them. */
export const MAX_LOG_PAGE_ENTRIES = 256
export const MAX_LOG_PAGE_BYTES = 160 * 1024
/** Epochs that are named in one frame. */
export const MAX_LOG_HEADS = 1_024

const PAGE_BYTES = MAX_LOG_PAGE_BYTES + MAX_LOG_PAGE_ENTRIES * 32 + SMALL
const VIEW_BYTES = 2 * MAX_LOG_MEMBERS * 32 + SMALL

/** A number that no double rounds. */
const Count = bcs.u64().transform({
  input: (value: number) => BigInt(value),
  output: (value) => {
    if (BigInt(value) > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError('the number is too large')
    return Number(value)
  },
})
/** The epoch of an entry; none stands for the decision on the next view's members, as -1. */
const Place = bcs.option(Count).transform({
  input: (epoch: number) => (epoch < 0 ? null : epoch),
  output: (epoch) => epoch ?? -1,
})
const Members = boundedVector(KeyHex, MAX_LOG_MEMBERS)
/** By whom and by way of which node a log was founded. */
const Founding = {
  owner: Address,
  via: KeyHex,
  /** That node's, over the log's id and the owner (domain parley/log-founding/1, no chain). */
  proof: Bytes64,
}
const LogView = bcs.struct('LogView', {
  number: Count,
  after: Count,
  members: Members,
  previous: Members,
  ...Founding,
  /** Entries before it were given up: nobody votes for them any more. */
  floor: Count,
  /** When it was last written to, ms since 1970, as far as the teller knows. */
  used: Count,
})

/** What members decide on for a view: who is in the next one, and from where on it goes on. */
export const LogMembers = bcs.struct('LogMembers', { members: Members, ...Founding, floor: Count })

const Entries = boundedVector(bcs.struct('LogEntry', { epoch: Count, entry: ByteVector }), MAX_LOG_PAGE_ENTRIES)
const Accepted = bcs.struct('LogAccepted', { view: Count, ballot: Count, value: ByteVector })
const Slots = boundedVector(
  bcs.struct('LogSlot', {
    epoch: Count,
    view: Count,
    /** None where the entry is known to be decided and nothing else. */
    ballot: bcs.option(Count).transform({
      input: (ballot: number) => (ballot < 0 ? null : ballot),
      output: (ballot) => ballot ?? -1,
    }),
    value: ByteVector,
    decided: bcs.bool(),
  }),
  MAX_LOG_PAGE_ENTRIES,
)

const Question = bcs.enum('LogQuestion', {
  prepare: bcs.struct('LogPrepare', { view: Count, epoch: Place, ballot: Count }),
  accept: bcs.struct('LogAccept', { view: Count, epoch: Place, ballot: Count, value: ByteVector }),
  decided: bcs.struct('LogDecided', { view: Count, epoch: Place, value: ByteVector }),
  adopt: bcs.struct('LogAdopt', { view: LogView }),
  pull: bcs.struct('LogPull', { view: Count, from: Count }),
  heads: bcs.struct('LogHeads', { view: Count, from: Count }),
  find: null,
  renew: bcs.struct('LogRenew', { view: Count, ready: bcs.bool() }),
  idle: bcs.struct('LogIdle', { view: Count }),
  newer: bcs.struct('LogNewerThan', { view: Count }),
})
const Reply = bcs.enum('LogReply', {
  promised: bcs.struct('LogPromised', { accepted: bcs.option(Accepted) }),
  accepted: null,
  refused: bcs.struct('LogRefused', { promised: Count }),
  decided: bcs.struct('LogIsDecided', { value: ByteVector }),
  sealed: null,
  joining: null,
  unknown: null,
  view: bcs.struct('LogNewer', { view: LogView, held: bcs.bool() }),
  page: bcs.struct('LogPage', {
    started: bcs.bool(),
    slots: Slots,
    next: bcs.option(Count),
    /** When the log was last written to, ms since 1970, as far as who answers knows. */
    used: Count,
  }),
  heads: bcs.struct('LogKnown', {
    epochs: boundedVector(bcs.struct('LogHead', { epoch: Count, decided: bcs.bool() }), MAX_LOG_HEADS),
  }),
  done: null,
})

/** Types 64 to 71: group logs. */
export const logFrames = {
  logAppend: frame(
    64,
    bcs.struct('LogAppend', {
      group: Address,
      epoch: Count,
      entry: ByteVector,
      /** From node to node: the address whose device asked, and the asking node's `proof`. A device leaves it out. */
      founding: bcs.option(bcs.struct('LogFounding', { owner: Address, proof: Bytes64 })),
    }),
    MAX_LOG_ENTRY_BYTES + SMALL,
  ),
  logResult: frame(
    65,
    bcs.struct('LogResult', {
      /** `moved`, between nodes: these keep the log. */
      result: bcs.enum('LogOutcome', { won: null, lost: ByteVector, moved: Members }),
    }),
    MAX_LOG_ENTRY_BYTES + SMALL,
  ),
  logRead: frame(66, bcs.struct('LogRead', { group: Address, from: Count, limit: bcs.u32() })),
  logEntries: frame(
    67,
    bcs.struct('LogEntries', { entries: Entries, more: bcs.bool(), moved: bcs.option(Members) }),
    PAGE_BYTES,
  ),
  /** Between the nodes that keep a log. */
  logAsk: frame(68, bcs.struct('LogAsk', { group: Address, ask: Question }), MAX_LOG_ENTRY_BYTES + VIEW_BYTES),
  logAnswer: frame(69, bcs.struct('LogAnswer', { answer: Reply }), PAGE_BYTES),
} as const
