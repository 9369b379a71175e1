import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Processes of one node over a cluster. */
export interface NodeProcesses {
  endpoints: string[]
  /** Seconds of processor time that all of them have used. */
  cpu(): number
  stop(): Promise<void>
}

/** Starts the processes one after another: the first makes the identity that the others are given. */
export async function startProcesses(
  count: number,
  { folder, servers, name }: { folder: string; servers: string[]; name?: string },
): Promise<NodeProcesses> {
  const children: ChildProcess[] = []
  const endpoints: string[] = []
  for (let index = 0; index < count; index++) {
    const options = {
      dataDir: join(folder, String(index)),
      ...(index > 0 && { identity: join(folder, '0', 'node.json') }),
      ...(name !== undefined && { cluster: { servers, name } }),
    }
    const script = new URL('./node.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    endpoints.push(line.toString().trim())
  }
  return {
    endpoints,
    cpu: () => children.reduce((sum, { pid }) => sum + cpuOf(pid ?? 0), 0),
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          const ended = once(child, 'exit')
          child.kill('SIGKILL')
          await ended
        }),
      )
    },
  }
}

/** Ticks of 10 ms in user and system mode: fields 14 and 15 of proc(5), counted behind the name in brackets. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
