import type { ErrorCode } from '../src-main/contract/index.ts'

/** The parts of docs/api.md that stand in no schema. */
export const head = `# Parley's API

<!-- Written by build/api-docs.ts from src-main/contract. Change it there, then run: node build/api-docs.ts -->

The window and bots use the same calls and hear the same events. The window gets them over its own channel; bots over HTTP on
loopback (see [HTTP](#http)). Every call is checked against its schema on the way in and on the way out. A field that is not
named here is refused. An identity must be there and unlocked for everything but \`app.*\`, \`identity.*\`, \`network.status\` and
\`settings.get\`: otherwise the answer is \`no_identity\` or \`locked\`.

\`bigint\` is a string of decimal digits in JSON, \`Uint8Array\` is base64. An optional field (\`name?\`) is absent where it has no value, never \`null\`.`

export const http = `## HTTP

\`parley daemon\` prints one line when it is ready: \`{"ready":true,"api":"http://127.0.0.1:PORT","token":"…","url":"…"}\`. The
token is new at every start. Each request carries \`authorization: Bearer TOKEN\`; the \`Host\` header must be the one in \`api\`,
and a foreign \`Origin\` is refused.

| Request | Answer |
|---|---|
| \`POST /call/METHOD\` with the parameters as JSON (an empty body is \`{}\`) | \`{"ok":true,"result":…}\` or \`{"ok":false,"error":{"code","message","retryAfter","reason"}}\` |
| \`GET /events\` | server-sent events: \`data: {"event":"message","payload":{…}}\`, and a comment every 15 s |
| \`POST /window\` | \`{"ok":true,"result":{"url":"…"}}\`: a URL that opens the window in a browser, once, within 15 minutes |

Programs should look at \`code\`; the message is for a person. \`retryAfter\` is in milliseconds and absent where waiting does not
help. \`reason\` is there where a code has several causes: \`address_prefix\`, \`address_digits\`, \`address_length\`,
\`address_reserved\` (the ledger's own) and \`address_checksum\` for \`bad_address\`; \`wrong_network\` (a link for another ledger),
\`other_ledger\` (another ledger than before answers at the URL), \`same_ledger\` (the one that answers has data of its own in this profile already) and \`request_STATE\` (a request for money is not open any more), \`coins_changed\` (nothing was paid), \`payment_failed\` (the ledger took the fee
only) and \`payment_id\` (the id stands for another payment) for \`conflict\`; \`dust\`, \`link_form\`, \`link_amount\`, \`link_network\` and \`link_requires\` for
\`invalid_params\`; \`many_coins\` for \`too_large\`; \`nanos:AMOUNT\` for \`payment_required\` where a node wants to be paid so many NANOS more, \`postage:AMOUNT\` where
it wants that in advance for a contact request; \`higher_prices\` (a node asks for more than was shown), \`higher_fee\` (ending a credit may cost more than was shown),
\`node_other_ledger\`, \`node_known\`, \`node_limit\`, \`node_at_start\` (see \`network.addNode\` and \`network.removeNode\`), \`other_prices\`
and \`other_record\` (a node does not tell what its record on the ledger says) for \`conflict\`, and \`credit\` (the credit at a node is used up) for
\`insufficient_funds\`. The HTTP status follows the code:

| Status | Codes |
|---|---|
| 200 | no error |
| 400 | every code that is not named below |
| 401 | \`unauthorized\` |
| 402 | \`payment_required\` |
| 404 | \`not_found\` |
| 409 | \`no_identity\`, \`conflict\` |
| 413 | \`too_large\` |
| 423 | \`locked\` |
| 429 | \`rate_limited\` |
| 500 | \`internal\` |
| 501 | \`not_supported\` |
| 503 | \`offline\`, \`ledger_unreachable\` |
| 504 | \`timeout\` |
| 507 | \`storage_full\` |

Limits: a body of 1 MiB (of \`rooms.sendData\`: 16 MiB of data, in base64), 64 calls under way at once, 16 event streams, 60 s for one call. A reader of events that falls 1 MiB
behind is cut off: it connects again and asks for the state anew. Events that came while nobody listened are not repeated; what
they told of is in \`chats.history\`, \`contacts.list\` and \`wallet.history\`.
`

/** Names whose schema has no comment, or one that is for programmers. */
export const typeNotes: Readonly<Record<string, string>> = {
  AddressInput: 'An address as a person pastes it: any case, surrounding space, `parley:` or `iota:` in front.',
  Nanos: 'An amount of NANOS: 1 IOTA is 1,000,000,000 NANOS.',
  Name: 'A name that a person gave; space at both ends is removed.',
  MessageId: 'A message, chosen by its author at random.',
  Passphrase: 'Protects the master key of the profile.',
  Text: 'The text of one message; above 8000 characters it is `too_large`.',
  Time: 'Milliseconds since 1970-01-01T00:00:00Z.',
  Path: 'How the next message to somebody would go. `ledger`: it waits for a connection that records on the ledger arrange.',
  LinkState: 'A link to an S2 node.',
}

export const codeMeanings: Readonly<Record<ErrorCode, string>> = {
  invalid_params: 'a parameter is missing, of the wrong form, or not known',
  no_identity: 'this profile has no identity yet',
  not_a_contact: 'the address is no accepted contact, here or there',
  bad_address: 'not an address, one with a typing mistake, or your own',
  insufficient_funds: 'the balance does not cover amount and fee',
  ledger_unreachable: 'the ledger does not answer',
  offline: 'no way to the other or to a node now',
  payment_required:
    'this would write records on the ledger, which are not allowed in the settings; or a node wants to be paid: `reason` is then `nanos:AMOUNT`, or `postage:AMOUNT`',
  rate_limited: 'too much at once; see `retryAfter`',
  too_large: 'above a limit of size or number',
  not_found: 'no such call, message, contact, device, node or credit',
  locked: 'Parley is locked or closing',
  wrong_passphrase: 'the passphrase is wrong or missing',
  unsupported_version: 'from a newer version of Parley',
  conflict: 'does not fit the present state, or the ledger refused the payment',
  unauthorized: 'no proof of who asks, or not allowed',
  bad_signature: 'a signature or certificate does not hold',
  expired: 'out of its time',
  revoked: 'the device was removed from its address by its owner, for good',
  not_supported: 'not possible here, such as a faucet on a public ledger',
  storage_full: 'the disk is full',
  storage_damaged: 'a file of the profile or node is damaged or missing',
  timeout: 'no answer in time',
  internal: 'a fault of Parley itself; the log says more',
}
