import { readdirSync, readFileSync } from 'node:fs'

const KIB_PER_MB = 1024

export interface Memory {
  /** Sum of the resident memory, MB (MiB); pages that processes share count in each. */
  rss: number
  /** Sum of the proportional memory, MB: pages that processes share count once. */
  pss: number
  /** Resident memory of the children alone, MB. */
  children: number
}

/** A process and all its descendants, from /proc; undefined where the system has none. */
export function memoryOf(pid: number): Memory | undefined {
  try {
    const children = childrenOf(pid)
    const rssOf = (each: number) => field(`/proc/${each}/status`, 'VmRSS')
    const below = sum(children.map(rssOf))
    return {
      rss: rssOf(pid) + below,
      pss: sum([pid, ...children].map((each) => field(`/proc/${each}/smaps_rollup`, 'Pss'))),
      children: below,
    }
  } catch {
    return undefined
  }
}

function childrenOf(pid: number): number[] {
  const ids = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  return ids.flatMap((id) => [id, ...childrenOf(id)])
}

function field(file: string, name: string): number {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(file, 'utf8'))?.[1]
  if (kib === undefined) throw new Error(`${file} has no ${name}`)
  return Number(kib) / KIB_PER_MB
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
