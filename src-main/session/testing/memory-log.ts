import { toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { OrderedLog } from '../types.ts'

export type LogFault = 'away' | 'no appends' | 'answer lost' | undefined

/** Logs as the nodes keep them, in memory: the first entry for a number stays. Each device has a way to them of its own. */
export class MemoryLogs {
  readonly logs = new Map<string, Map<number, Uint8Array>>()
  appends = 0
  /** Entries that were answered to reads. */
  entriesRead = 0
  /** Runs once, before the next append: somebody else was quicker. */
  beforeAppend: (() => void) | undefined

  /** `fault`: the log cannot be reached, only read, or it takes the entry and the answer is lost. */
  way(fault: () => LogFault = () => undefined): OrderedLog {
    const offline = () => new ParleyError('offline', 'The nodes that keep this log cannot be reached.')
    return {
      appendLog: async (group, epoch, entry) => {
        if (fault() === 'away' || fault() === 'no appends') throw offline()
        const before = this.beforeAppend
        this.beforeAppend = undefined
        before?.()
        this.appends++
        const log = this.#log(group)
        const winner = log.get(epoch) ?? entry
        log.set(epoch, winner)
        if (fault() === 'answer lost') throw offline()
        return winner === entry || toHex(winner) === toHex(entry) ? { won: true } : { won: false, entry: winner }
      },
      readLog: async (group, from, limit) => {
        if (fault() === 'away') throw offline()
        const found = [...this.#log(group)].filter(([epoch]) => epoch >= from).sort(([a], [b]) => a - b)
        const page = found.slice(0, limit)
        this.entriesRead += page.length
        return page.map(([epoch, entry]) => ({ epoch, entry }))
      },
    }
  }

  #log(group: Uint8Array): Map<number, Uint8Array> {
    const log = this.logs.get(toHex(group)) ?? new Map<number, Uint8Array>()
    this.logs.set(toHex(group), log)
    return log
  }
}
