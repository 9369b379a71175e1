import type { LinkBody, LinkFrameName, LinkInput } from '../../wire/index.ts'

/** A node that is linked now. */
export interface LinkedNode {
  /** Hex. */
  readonly nodeKey: string
  /** `wss://host:port` */
  readonly endpoint: string
  /** One of this device's home nodes. */
  readonly home: boolean
  /** Rejects with what the node answers, `offline` or `timeout`. */
  request<N extends LinkFrameName, A extends LinkFrameName>(
    name: N,
    body: LinkInput<N>,
    answer: A,
    ms?: number,
  ): Promise<LinkBody<A>>
}
