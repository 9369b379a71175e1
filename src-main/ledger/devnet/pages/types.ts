import type { Clock } from '../../../base/index.ts'
import type { Faucet } from '../faucet/index.ts'
import type { LocalNode } from '../node.ts'

export interface PageParts {
  node: LocalNode
  faucet: Faucet
  clock: Clock
  /** Whether there is a data folder. */
  kept: boolean
}

export interface PageRequest {
  method: string
  path: string
  query: URLSearchParams
  /** Fields of a form that was sent. */
  form: URLSearchParams
}

export interface PageAnswer {
  status: number
  headers: Record<string, string>
  body: string
}
