/** The browser has taken the bytes long before; a leftover URL would keep them in memory. */
const REVOKE_MS = 60_000

/** Offers a text as a file: the browser or the desktop shell asks where to, or puts it among the downloads. */
export function downloadText(fileName: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_MS)
}
