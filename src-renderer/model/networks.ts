/** Whether a text could be the RPC URL of a ledger: TLS, or plain HTTP on this computer. The main process decides. */
export function isRpcUrl(text: string): boolean {
  const url = URL.parse(text.trim())
  if (!url || url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
}
