/** English sentences for every error code and for what can be wrong with an address. */
export const addressProblem = {
  prefix: 'An address starts with 0x.',
  letters: 'An address has only the digits 0 to 9 and the letters a to f.',
  length: 'An address has 64 digits after 0x. Digits are missing or too many.',
  checksum: 'This address has a typing mistake: its checksum does not match.',
}

export const errors = {
  invalid_params: 'Parley cannot use this input. Check it and try again.',
  no_identity: 'There is no identity on this device yet.',
  not_a_contact: 'Only contacts can write to each other, and this person is not one, or not any more.',
  bad_address: 'This is not a valid address.',
  insufficient_funds: 'Your balance is too small for the amount and its fee.',
  ledger_unreachable: 'The ledger cannot be reached right now.',
  offline: 'There is no connection right now.',
  payment_required: 'This costs a fee that you have not agreed to yet. Allow it in the settings.',
  rate_limited: 'That was too often. Wait a moment and try again.',
  too_large: 'This is too large to send.',
  not_found: 'This does not exist any more.',
  locked: 'Parley is locked. Unlock it first.',
  wrong_passphrase: 'The passphrase is not right. Try again.',
  unsupported_version: 'This needs a newer version of Parley.',
  conflict: 'Something else is using this already. Close other windows of Parley and try again.',
  unauthorized: 'You are not allowed to do this.',
  bad_signature: 'A signature does not match. Nothing was accepted.',
  revoked: 'This device was removed from its address. It can no longer send or receive here.',
  expired: 'This has expired. Ask for a new one.',
  not_supported: 'This is not possible here.',
  storage_full: 'The disk is full. Free some space, then try again.',
  storage_damaged:
    'The data of this profile is damaged. Nothing was changed. Restore it from a backup or from your recovery phrase.',
  timeout: 'Parley did not answer in time. Try again.',
  internal: 'Something went wrong inside Parley. Try again.',
}
