/** Largest size in bytes of each thing on the wire; see docs/protocol.md section 1 for the reasons. */
export const MAX_PRESENCE_BYTES = 8 * 1024
export const MAX_SIGNAL_BYTES = 8 * 1024
/** One text message with X-Wing overhead is about 9 KiB at most (Welcome included); a commit of 50 devices is 68 kB and is split. */
export const MAX_ENVELOPE_BYTES = 64 * 1024
/** A revocation is 171 bytes. */
export const MAX_REVOCATION_BYTES = 256
/** A stranger's contact request: a name, a note, a certificate and a seal. */
export const MAX_REQUEST_BYTES = 4 * 1024
export const MAX_KEY_PACKAGE_BYTES = 8 * 1024
/** The encoded body of one conversation event: fits an envelope with every wrapping. */
export const MAX_EVENT_BYTES = 32 * 1024
/** The ledger's own limit of a pure input, less one (measured); see docs/protocol.md, ION. */
export const MAX_MEMO_BYTES = 16_383
