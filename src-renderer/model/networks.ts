/** Whether a text could be the RPC URL of a ledger: TLS, or plain HTTP on this computer. The main process decides. */
export function isRpcUrl(text: string): boolean {
  const url = URL.parse(text.trim())
  if (!url || url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
}

/** Whether a ledger has no URL, but is asked through the relay nodes: `s2:` and its chain. */
export function isByNodes(url: string): boolean {
  return /^s2:[0-9a-f]{8}$/.test(url.trim())
}
