/** What an operator reads where a node that is to register has nothing to register in. */
export const NO_REGISTRY =
  'This ledger has no registry of nodes: the node serves without being registered. Name the registry’s package with ' +
  '--package, or leave --register out; send the account nothing for now.'
