/** NANOS for a unit of gas (the networks' reference gas price). */
export const REFERENCE_GAS_PRICE = 1000n
/** A transaction's smallest computation bucket, in units of gas: every transfer falls into it. */
export const COMPUTATION_UNITS = 1000n
/** Computation is billed in steps of this many units above the smallest bucket, as on the networks. */
export const UNITS_ROUNDING = 1000n
/** The networks' largest computation bucket; no transaction runs longer. */
export const MAX_COMPUTATION_UNITS = 5_000_000n
/** NANOS of deposit for each stored byte; all of it comes back on deletion. */
export const NANOS_PER_STORED_BYTE = 7600n
export const MAX_GAS_PRICE = 100_000n
/** NANOS. */
export const MAX_GAS_BUDGET = 50_000_000_000n

// Limits of the protocol configuration (version 23).
export const MAX_TRANSACTION_BYTES = 128 * 1024
export const MAX_PURE_BYTES = 16 * 1024
export const MAX_INPUT_OBJECTS = 2048
export const MAX_COMMANDS = 1024
export const MAX_ARGUMENTS = 512
export const MAX_TYPE_DEPTH = 16
export const MAX_GAS_OBJECTS = 256
export const MAX_OBJECT_BYTES = 250 * 1024
/** Of one transaction. */
export const MAX_EVENTS = 1024
/** Modules in one package. */
export const MAX_MODULES = 64

export const PROTOCOL_VERSION = 23

/** The clock's object, shared from the genesis and written by the ledger alone. */
export const CLOCK_ID = `0x${'6'.padStart(64, '0')}`
