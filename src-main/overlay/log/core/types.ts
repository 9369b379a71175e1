/** Who founded a log. */
export interface Founding {
  /** The address. */
  owner: string
  /** The node that its device was linked to, which answers for it; until that is known, the node that asked for the first vote. */
  via: string
  /** Signature by `via`, which tells its logs from those that another node makes up. */
  proof: Uint8Array
}

/**
 * The members of a log for the time being. Ballots compare by view first, so what was accepted in a view before counts as
 * lower than everything of this one.
 */
export interface View extends Founding {
  /** Rises; 0 stands for the time before the log was founded. */
  number: number
  /** The view that it succeeds; 0 where the log was founded with it. */
  after: number
  /** Node keys in hex, the leader first. */
  members: readonly string[]
  /** The members of `after`: a majority of them, sealed, has all that may have been decided before. */
  previous: readonly string[]
  /** Entries before it were given up by a decision: nobody votes for them any more. */
  floor: number
  /** When it was last written to, as far as this node knows, ms since 1970. Says nothing but whether a log is idle. */
  used: number
}

/** What a node knows of a log, on disk. */
export interface LogRow extends View {
  /** The newest view whose beginning this node has whole: only then it votes. 0 for none; FORGOTTEN, CLEARED. */
  held: number
  /** It has accepted a successor of `number`: it votes for entries of this view no more. */
  sealed: boolean
}

/**
 * `held` of a node that has lost its database, and may have voted in this view or in one that it has not heard of: it votes in none of
 * them.
 */
export const FORGOTTEN = -1
/** ... that has found that no view follows this one yet: it may vote in the next. */
export const CLEARED = -2

/** One decision: an epoch's entry, or, at SUCCESSOR, the members of the next view. */
export interface Slot {
  epoch: number
  promisedView: number
  promised: number
  acceptedView: number
  accepted: number
  value: Uint8Array | undefined
  decided: boolean
}

/** The place of the reserved decision among the epochs, which begin at 0. */
export const SUCCESSOR = -1

/** What a member's durable storage can do, synchronously, inside one transaction. Reads alone need none. */
export interface LogReader {
  row(group: string): LogRow | undefined
  slot(group: string, epoch: number): Slot | undefined
  /** Slots with a value from an epoch on, in order; `limit` at most. */
  slots(group: string, from: number, limit: number): Slot[]
  /** The same without the values. */
  heads(group: string, from: number, limit: number): { epoch: number; decided: boolean }[]
  /** Count and bytes of a log's entries, and of its places those that were promised at least. */
  total(group: string): { count: number; bytes: number; slots: number }
  /** The last place that has a value here. */
  last(group: string): number | undefined
  /** Logs founded by an address by way of one node. */
  owned(by: Pick<Founding, 'owner' | 'via'>): number
  /** Whether this node has every vote that its key ever gave. Where it has not, it may have voted in any log that it has no row of. */
  remembers(): boolean
}
export interface LogTables extends LogReader {
  putRow(group: string, row: LogRow): void
  putSlot(group: string, slot: Slot): void
  /** All slots of a log, or one. */
  dropSlots(group: string, epoch?: number): void
  /** Those of entries before `floor`, and those that were promised only. */
  dropBelow(group: string, floor: number): void
  /** Throws `storage_full` where this node has no room for one more log of this founder. */
  requireFoundingRoom(by: Pick<Founding, 'owner' | 'via'>): void
  /** Throws the same where a log that this node knows at most is to be kept here: a first view, or one that moves here. */
  requireKeepingRoom(group: string, view: Pick<View, 'owner' | 'via' | 'after' | 'floor'>): void
  /** Throws the same where a log is to grow by so many bytes more than it counts for. */
  requireEntryRoom(group: string, bytes: number): void
}

export interface Accepted {
  view: number
  ballot: number
  value: Uint8Array
}

/** An entry on its way to a new member. */
export interface Moved extends Accepted {
  epoch: number
  decided: boolean
}

/** What members ask of each other. */
export type Ask =
  | { kind: 'prepare'; view: number; epoch: number; ballot: number }
  | { kind: 'accept'; view: number; epoch: number; ballot: number; value: Uint8Array }
  | { kind: 'decided'; view: number; epoch: number; value: Uint8Array }
  | { kind: 'adopt'; view: View }
  | { kind: 'pull'; view: number; from: number }
  | { kind: 'heads'; view: number; from: number }
  | { kind: 'find' }
  /** From a member that forgot its votes: whether this view goes on; `ready`: it should end, so that the asking member may vote again. */
  | { kind: 'renew'; view: number; ready: boolean }
  /** Whether the log has not been written to for so long that what is in it may be given up. */
  | { kind: 'idle'; view: number }
  /** Whether there is a view above this one: `view` or `done`. */
  | { kind: 'newer'; view: number }

/** What a node does with its own storage beside answering others. */
export type OwnStep =
  /** The leader's first proposal, with ballot 0. */
  | { kind: 'lead'; view: number; epoch: number; value: Uint8Array }
  /** Takes in what another member has, on the way into a view. */
  | { kind: 'absorb'; view: number; slots: readonly Moved[]; used: number }
  /** It has all that a new member must have. */
  | { kind: 'start'; view: number }
  /** The view has begun without this node: what it kept for the others goes. */
  | { kind: 'leave'; view: number }
  /** A node that forgot its votes has found that nobody knows of this log: it may take part in founding it. */
  | { kind: 'recall' }
  /** A node that forgot its votes has found that no view follows this one. */
  | { kind: 'clear'; view: number }

export type Step = Ask | OwnStep

export type Answer =
  | { kind: 'promised'; accepted: Accepted | undefined }
  | { kind: 'accepted' }
  /** A higher ballot was promised. */
  | { kind: 'refused'; promised: number }
  /** To the leader's first proposal: this value must be proposed instead. */
  | { kind: 'bound'; value: Uint8Array }
  | { kind: 'decided'; value: Uint8Array }
  /** It votes in this view no more. */
  | { kind: 'sealed' }
  /** It does not vote in this view yet. */
  | { kind: 'joining' }
  /** It does not know of this view. */
  | { kind: 'unknown' }
  /** The newest view that it knows; `held`: it votes in it. */
  | { kind: 'view'; view: View; held: boolean }
  | { kind: 'page'; started: boolean; slots: Moved[]; next: number | undefined; used: number }
  | { kind: 'heads'; epochs: { epoch: number; decided: boolean }[] }
  | { kind: 'done' }

export function viewOf(view: View): View {
  const { number, after, members, previous, floor, used } = view
  return { number, after, members, previous, ...foundingOf(view), floor, used }
}

export function foundingOf({ owner, via, proof }: Founding): Founding {
  return { owner, via, proof }
}

/**
 * How many other members know of everything that a majority, with a member that forgot it, can have decided: one of them is in every
 * such majority.
 */
export function witnessesOf(members: readonly string[]): number {
  return Math.min(members.length - 1, members.length - majority(members) + 1)
}

export function majority(members: readonly string[]): number {
  return Math.floor(members.length / 2) + 1
}
