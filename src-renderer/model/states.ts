import type { Contact, PathKind } from '../../src-main/contract/index.ts'

/** A sentence of the locale files with what goes into it. */
export interface Words {
  key: string
  params?: Record<string, string>
}

export type Tone = 'ok' | 'warn' | 'bad' | 'quiet'

export interface PathWords extends Words {
  tone: Tone
}

interface PathFacts {
  contact: Contact
  name: string
  path?: PathKind | undefined
  rttMs?: number | undefined
  /** Of a direct connection. */
  way?: 'lan' | 'nat' | 'turn' | undefined
  /** Whether something of ours has not reached the other yet. */
  waiting: boolean
  /** Whether the ledger is the only way and is not allowed. */
  wayOff?: boolean
  /** Whether the relay nodes carry nothing until one is paid. */
  nodesAsk?: boolean
}

/** How a conversation is connected, in words: "Direct connection · 12 ms", "Waiting for Bob to come online". */
export function pathWords({ contact, name, path, rttMs, way, waiting, wayOff, nodesAsk }: PathFacts): PathWords {
  if (contact.state === 'blocked') return { key: 'path.blocked', tone: 'bad' }
  if (contact.state === 'incoming') return { key: 'path.incoming', tone: 'warn' }
  if (contact.state === 'requested' && !wayOff) return requestWords(contact, name, nodesAsk)
  if (path === 'direct' || path === 'relay') {
    const kind = path === 'direct' && way === 'turn' ? 'turn' : path
    if (rttMs === undefined) return { key: `path.${kind}`, tone: 'ok' }
    return { key: `path.${kind}Rtt`, params: { ms: milliseconds(rttMs) }, tone: 'ok' }
  }
  if (path === 'ledger') return { key: 'path.ledger', tone: 'warn' }
  if (contact.online) return { key: 'path.online', tone: 'ok' }
  if (wayOff) return { key: 'path.ledgerOff', tone: 'warn' }
  if (waiting && nodesAsk) return { key: 'path.nodesAsk', tone: 'warn' }
  if (waiting) return { key: 'path.waiting', params: { name }, tone: 'quiet' }
  return { key: 'path.offline', tone: 'quiet' }
}

/** How far a request of ours has come. */
export function requestWords(contact: Contact, name: string, nodesAsk = false): PathWords {
  if (contact.requestState === 'failed') return { key: 'path.requestFailed', tone: 'bad' }
  if (contact.requestState === 'delivered') return { key: 'path.requested', params: { name }, tone: 'warn' }
  if (contact.requestState === 'stored') return { key: 'path.requested', params: { name }, tone: 'warn' }
  if (waitsForPostage(contact)) return { key: 'path.postage', tone: 'warn' }
  if (nodesAsk) return { key: 'path.nodesAsk', tone: 'warn' }
  return { key: 'path.waiting', params: { name }, tone: 'quiet' }
}

/** Whether a request of ours waits until its user agrees to pay for it, or has deposited enough. */
export function waitsForPostage({ state, postage }: Contact): boolean {
  return state === 'requested' && postage !== undefined && (postage.agreed < postage.nanos || postage.missing > 0n)
}

/** A round trip as a person reads it: below 1 ms is "1", above no fractions. */
export function milliseconds(ms: number): string {
  return String(Math.max(1, Math.round(ms)))
}

/** How hard a passphrase is to guess, by its length and its kinds of characters; a hint, not a promise. */
export function passphraseStrength(passphrase: string): 0 | 1 | 2 | 3 {
  if (passphrase.length < 8) return 0
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(passphrase)).length
  const distinct = new Set(passphrase).size
  if (distinct < 5) return 1
  const score = passphrase.length + kinds * 2
  if (score >= 24) return 3
  return score >= 16 ? 2 : 1
}
