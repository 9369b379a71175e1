/** What a node allows; every number can be lowered for tests or raised by an operator. */
export interface NodeLimits {
  /** New connections a second and at once: a full reconnect comes in waves instead of toppling the node. */
  accept: { perSecond: number; burst: number }
  /** The same for one remote IP address. */
  acceptPerHost: { perSecond: number; burst: number }
  /** The same for one network: /24 of IPv4, /48 of IPv6. */
  acceptPerNetwork: { perSecond: number; burst: number }
  /** Connections open at once, authenticated or not: in all, of one IP address (IPv6: /64), and of one network. */
  connections: number
  connectionsPerHost: number
  connectionsPerNetwork: number
  /** Bytes that all links together were sent and have not read; beyond it those go who have most of it (`overlay/link/backlog.ts`). */
  unreadBytes: number
  /** Frames of one identity (address). */
  frames: { perSecond: number; burst: number }
  /** Key packages that one identity may take: a stranger must not drain somebody's stock. */
  takes: { perSecond: number; burst: number }
  /** Unused key packages of one address that one other node may take: beyond it the last resort is told. */
  takesByNode: { perSecond: number; burst: number }
  /** Contact requests that one identity may send to strangers. */
  requests: { perSecond: number; burst: number }
  /** Presence packets that one other node may tell: 150,000 devices that renew every half minute. */
  presences: { perSecond: number; burst: number }
  /**
   * All frames and bytes of one other node, over all links with it: beyond it they are not read for as long as it takes. Frames
   * count for units of a twentieth of a millisecond (`overlay/link/pace.ts`), so a node that floods has half a core; a catch-up is a few
   * hundred a second.
   */
  nodeFrames: { perSecond: number; burst: number }
  nodeBytes: { perSecond: number; burst: number }
  /** Revocations that one identity may bring: it tells all it has with every new link. */
  revocations: { perSecond: number; burst: number }
  /** Mailbox of one device in all, and the share of one sender in it. */
  mailbox: { count: number; bytes: number }
  mailboxPerSender: { count: number; bytes: number }
  /** What is kept on disk for everybody together; see `overlay/state/room.ts` for who gives way to whom. */
  kept: {
    /** Bytes of mail. */
    mailBytes: number
    /** Devices with their certificates and last resorts. */
    devices: number
    /** Entries of all lists of who may write. */
    contacts: number
    /** Bytes of one-time key packages. */
    keyPackageBytes: number
    revocations: number
    /** Bytes that group logs count for; see `overlay/state/log-room.ts`. */
    logBytes: number
    /** Words of devices that envelopes were accepted. */
    accepted: number
  }
}

export const defaultLimits: NodeLimits = {
  accept: { perSecond: 500, burst: 1_000 },
  acceptPerHost: { perSecond: 50, burst: 200 },
  acceptPerNetwork: { perSecond: 100, burst: 400 },
  connections: 20_000,
  connectionsPerHost: 1_000,
  connectionsPerNetwork: 4_000,
  unreadBytes: 256 * 1024 * 1024,
  frames: { perSecond: 1_000, burst: 5_000 },
  takes: { perSecond: 1, burst: 50 },
  takesByNode: { perSecond: 1 / 300, burst: 20 },
  requests: { perSecond: 0.1, burst: 50 },
  presences: { perSecond: 5_000, burst: 50_000 },
  // Above what is told of presence alone.
  nodeFrames: { perSecond: 10_000, burst: 100_000 },
  // Facts in both directions at the rate of `replication/receiver.ts`, and half as much beside them.
  nodeBytes: { perSecond: 96 * 1024 * 1024, burst: 768 * 1024 * 1024 },
  revocations: { perSecond: 1, burst: 256 },
  mailbox: { count: 20_000, bytes: 256 * 1024 * 1024 },
  mailboxPerSender: { count: 5_000, bytes: 64 * 1024 * 1024 },
  // About 25 GB of disk where all of it is full: 12 of mail, 4 of group logs, 4 of key packages, 2 of devices, 1.5 of lists, 1.5 of acceptances.
  kept: {
    mailBytes: 12 * 1024 ** 3,
    devices: 200_000,
    contacts: 10_000_000,
    keyPackageBytes: 4 * 1024 ** 3,
    revocations: 200_000,
    logBytes: 4 * 1024 ** 3,
    accepted: 5_000_000,
  },
}
