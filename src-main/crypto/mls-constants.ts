import type { CiphersuiteName } from 'ts-mls'

/** X-Wing (X25519 and ML-KEM-768): what is recorded today stays closed to a quantum computer (PROTOCOL section 8). */
export const MLS_SUITE: CiphersuiteName = 'MLS_256_XWING_AES256GCM_SHA512_Ed25519'

/** Messages that may overtake one another: a full batch of a mailbox comes in any order. */
export const RETAINED_GENERATIONS = 256
/** Messages that may be missing before one that is read: 2,000 steps cost about 0.1 s, more would be a way to stall. */
export const MAX_FORWARD_STEPS = 2000
/**
 * RFC 9420 leaves it open. With turns two devices are never more than two epochs apart; with a log whoever was away goes through the
 * epochs slowly enough. Each kept one makes every stored state larger.
 */
export const RETAINED_EPOCHS = 4

/** Of a 50-member group a state is 482 kB; with the kept epochs this holds 100 members. */
export const MAX_STATE_BYTES = 8 * 1024 * 1024
export const MAX_GROUP_MEMBERS = 100
/** Key packages per call: each costs about 3 ms. */
export const MAX_KEY_PACKAGE_BATCH = 100
/** Group states kept in memory; the least recently used goes, and comes back by `load`. About 60 kB each for two members. */
export const MAX_CACHED_GROUPS = 200
