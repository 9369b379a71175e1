/** Whose frame it is, as its link proved. */
export type Source =
  | {
      kind: 'device'
      device: string
      /** Its address. */
      owner: string
      /** The network that it links from: /24 of IPv4, /48 of IPv6. */
      network: string
    }
  /** `owner`: the node's key, hex. */
  | { kind: 'node'; owner: string }
