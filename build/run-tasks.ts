import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Task {
  name: string
  /** A script of a package, or an own one, with its arguments; run by this Node. */
  script: string
  args: string[]
}

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs tasks two at a time (the smallest machine has two cores) and answers those that failed, with their output. */
export async function runTasks(tasks: Task[], atOnce = 2): Promise<string[]> {
  const waiting = [...tasks]
  const failed: string[] = []
  const worker = async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const start = performance.now()
      const { code, output } = await run(task)
      const seconds = ((performance.now() - start) / 1000).toFixed(1)
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${task.name.padEnd(24)} ${seconds} s`)
      if (code === 0) continue
      failed.push(task.name)
      console.log(output.trimEnd())
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return failed
}

function run({ script, args }: Task): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => (output += part))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/** The program that checks the import table. */
export const cruiser = 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'
