/** Records of an RFC 4180 text without its header line; a line break inside quotes is part of a field. */
export function csvRows(csv: string): number {
  const lines = csv
    .replace(/"(?:[^"]|"")*"/g, '')
    .split(/\r\n|\n/)
    .filter((line) => line !== '')
  return Math.max(0, lines.length - 1)
}
