export { MAX_MEMO_BYTES } from '../../wire/index.ts'

/** One request to a ledger anywhere in the world, including its consensus for a submission. */
export const REQUEST_TIMEOUT_MS = 15_000
/** 50 transactions with effects and changes are about 500 KB; a hostile ledger must not fill the memory. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024

/** Coins of one page: the most that nodes give. */
export const COIN_PAGE = 50
/** 10,000 coins; of more, others are listed when these are merged. */
export const MAX_COIN_PAGES = 200
export const MAX_HISTORY = 50
/** Longer than every mark that a memo of Parley begins with. */
export const MEMO_HEAD_BYTES = 8

/** Anybody can send anybody coins of a type of their own making; more are junk, and no reason to work. */
export const MAX_COIN_TYPES = 10_000
/** Types that are asked for by name; of more only the largest holdings' owner could tell the difference. */
export const MAX_SHOWN_TYPES = 50
/** Metadata asked for at a time. */
export const METADATA_AT_ONCE = 8
/** A whole operation of several requests: an endless row of slow pages must not keep us. */
export const OPERATION_TIMEOUT_MS = 60_000

/** Protocol limit of coins that pay for gas together; the ledger merges them into one at no extra charge. */
export const MAX_GAS_COINS = 256
/** Protocol limit of arguments of one MergeCoins command is 512. */
export const MAX_MERGED_PER_COMMAND = 500
/** 256 + 1000 references of about 80 bytes stay below the 128 KiB of a transaction. */
export const MAX_MERGED_COINS = 1000
/** Coins of one transaction. */
export const MAX_COINS = MAX_GAS_COINS + MAX_MERGED_COINS

/** Transactions of one page of memos: the most that nodes give. 50 raw transactions with full memos are 1.2 MB. */
export const MAX_MEMO_PAGE = 50

/** Units of gas that the smallest transaction costs; also the least budget. */
export const LEAST_GAS_UNITS = 1000n
/** Deposit of a coin object (129 bytes at 7,600 NANOS); a transfer writes two and gets the inputs' back. */
export const COIN_DEPOSIT = 980_400n
/** Above the simulated fee, for a ledger that changes a little before the transaction arrives. */
export const BUDGET_MARGIN = 100_000n
/** Protocol limit, NANOS. */
export const MAX_GAS_BUDGET = 50_000_000_000n

export const FAUCET_TIMEOUT_MS = 30_000
export const FAUCET_POLL_MS = 200

// JSON-RPC codes that a node uses; errors are told apart by them, never by their text.
export const CODE_INVALID_PARAMS = -32602
/** The validators refuse: inputs are stale, locked, missing, or the form is wrong. */
export const CODE_REFUSED = -32002
/** A simulation that cannot be tried, for the same reasons. */
export const CODE_NO_TRIAL = -32600
