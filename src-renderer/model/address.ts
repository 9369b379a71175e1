/** `0x8f3a…c21e`: enough to tell people apart in a list, never enough to trust. */
export function shortAddress(address: string): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`
}

/** Sixteen groups of four digits, without the `0x`, to compare by eye or aloud. */
export function addressGroups(address: string): string[] {
  return address.slice(2).match(/.{1,4}/g) ?? []
}

/** The text of a QR code or a link that another Parley reads as this address. */
export function parleyLink(address: string): string {
  return `parley:${address}`
}

/** Whether a text is worth sending to the main process as an address; only that one decides. */
export function looksLikeAddress(text: string): boolean {
  return /^((parley|iota):(\/\/)?)?0x[0-9a-f]{8,}$/i.test(text.trim())
}

/** The name that a person gave, or the short address where none was given. */
export function displayName(person: { name: string; address: string }): string {
  const name = person.name.trim()
  return name === '' || name.toLowerCase() === person.address ? shortAddress(person.address) : name
}

/** Twenty decimal digits in groups of five from SHA-256 of the address: a second way to compare, by voice. */
export async function fingerprint(address: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`parley/fingerprint/1${address}`))
  const view = new DataView(digest)
  const groups = [0, 4, 8, 12].map((at) => String(view.getUint32(at) % 100_000).padStart(5, '0'))
  return groups.join(' ')
}

/** A name cut to what fits into a field on a narrow window; whole characters only. */
export function clippedName(name: string, most = 20): string {
  const characters = [...name]
  return characters.length <= most
    ? name
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
}
