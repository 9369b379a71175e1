import { LinkifyIt } from 'linkify-it'

export interface TextPart {
  text: string
  /** Where a click leads, for a link. */
  href?: string
}

const linkify = new LinkifyIt({ fuzzyEmail: false, fuzzyIP: false })
linkify.add('ftp:', null).add('//', null).add('mailto:', null)

/** Splits a text at its web addresses. Only http and https become links (a bare domain reads as https); anything else stays text. */
export function textParts(text: string): TextPart[] {
  if (!text.includes('.')) return [{ text }]
  const matches = linkify.match(text) ?? []
  const parts: TextPart[] = []
  let at = 0
  for (const match of matches) {
    if (!/^https?:\/\//i.test(match.url)) continue
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
