import { LinkifyIt } from 'linkify-it'

export interface TextPart {
  text: string
  /** Where a click leads, for a link. */
  href?: string
  /** What a click opens in this window, for a link of Parley's own or of a wallet. */
  opens?: 'pay' | 'room'
}

/** Links that this window opens itself; what follows them in a sentence is none of them. */
const OWN_LINK = /(?<![\w:/.@])(?:parley:(?:pay|room)\/|iota:0x)[^\s<>"]*[^\s<>".,;:!?)\]}'»]/gi

const linkify = new LinkifyIt({ fuzzyEmail: false, fuzzyIP: false })
linkify.add('ftp:', null).add('//', null).add('mailto:', null)

/** Splits a text at its links: those that this window opens, and web addresses. */
export function textParts(text: string): TextPart[] {
  const parts: TextPart[] = []
  let at = 0
  for (const { 0: link, index } of text.matchAll(OWN_LINK)) {
    if (index > at) parts.push(...webParts(text.slice(at, index)))
    parts.push({ text: link, opens: /^parley:room/i.test(link) ? 'room' : 'pay' })
    at = index + link.length
  }
  if (at < text.length || parts.length === 0) parts.push(...webParts(text.slice(at)))
  return parts
}

/** Only http and https become links (a bare domain reads as https); anything else stays text. */
function webParts(text: string): TextPart[] {
  if (!text.includes('.')) return [{ text }]
  const matches = linkify.match(text) ?? []
  const parts: TextPart[] = []
  let at = 0
  for (const match of matches) {
    if (!/^https?:\/\//i.test(match.url) || isPartOfAddress(text, match)) continue
    if (match.index > at) parts.push({ text: text.slice(at, match.index) })
    parts.push({ text: match.raw, href: secure(match) })
    at = match.lastIndex
  }
  if (at < text.length || parts.length === 0) parts.push({ text: text.slice(at) })
  return parts
}

/** A domain without a scheme was never meant to go out in the clear. */
function secure({ schema, url }: { schema: string; url: string }): string {
  return schema === '' ? url.replace(/^http:/i, 'https:') : url
}

/**
 * A host behind an `@` is part of a mail address or of user info (`https://bank.example@evil.example`): half of it as a
 * link would show one host and lead to another, so none of it is one.
 */
function isPartOfAddress(text: string, { index, lastIndex }: { index: number; lastIndex: number }): boolean {
  const word = /^\S*/.exec(text.slice(lastIndex))?.[0] ?? ''
  const raw = text.slice(index, lastIndex)
  const authority = /^(?:https?:\/\/)?([^/?#\s]*)/i.exec(raw + word)?.[1] ?? ''
  return text[index - 1] === '@' || authority.includes('@')
}
