/**
 * What one call may use. Bytecode comes from anybody who can reach the ledger: none of it may hang the process, nor take
 * memory without a bound.
 */

/**
 * Instructions and copied values of one call. Measured at about 5 million steps a second, so a loop without an end stops
 * the ledger for half a second at most. A node's own limit comes from the gas budget and is of the same order.
 */
export const MAX_STEPS = 2_500_000n
/** Nested calls; a node allows 1,024. Frames lie on a heap, so this bounds memory and not the stack. */
export const MAX_CALL_DEPTH = 512
/** Values on the stack of one frame; as on a node. */
export const MAX_STACK = 1_024
/** Values inside one value, counted through all its parts; 250 KiB of bytes, the limit of an object, fit in. */
export const MAX_VALUE_NODES = 300_000
/** Parts of a type after substitution, and its nesting; a node's are 128 and 16. */
export const MAX_TYPE_NODES = 128
export const MAX_TYPE_DEPTH = 16
/** Characters of a type's text: 16 levels of full names with room. */
export const MAX_TYPE_TEXT = 16_384
/** Nesting of values and of struct types; a node allows 128. */
export const MAX_VALUE_DEPTH = 64
/** Events of one call, as on a node. */
export const MAX_EVENTS = 1_024
/** Bytes of one event, as on a node (256,000). */
export const MAX_EVENT_BYTES = 256_000
/** Objects made, deleted or handed over in one call, as on a node. */
export const MAX_OBJECTS = 2_048
/** Bytes of one object: 250 KiB, as on a node. */
export const MAX_OBJECT_BYTES = 250 * 1024
/** Bytes of one module, and of all in a package: the limit of a transaction on a node (128 KiB) is above both. */
export const MAX_MODULE_BYTES = 100 * 1024
/** Modules of one package; a node's limit is 64. */
export const MAX_MODULES = 64
/** Rows of one table of a module, and instructions of one function (a node's u16). */
export const MAX_ROWS = 65_535
/** Steps for one natively computed signature check or hash: about 0.1 ms, the time of 500 instructions. */
export const SIGNATURE_STEPS = 500n
/** Types that one module's declarations lead to. */
export const MAX_TYPES = 1_000
/** Work of checking a package before it is published: about half a second; a node gives up after some time too. */
export const MAX_VERIFY_STEPS = 20_000_000
