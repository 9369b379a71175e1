import { runTasks, type Task } from './run-tasks.ts'

const tsc = 'node_modules/typescript/bin/tsc'

/** Node code; the contract alone, which sees neither Node nor DOM; the window with its components. */
export const typecheckTasks: Task[] = [
  { name: 'tsc', script: tsc, args: ['-p', 'tsconfig.json'] },
  { name: 'tsc contract', script: tsc, args: ['-p', 'src-main/contract/tsconfig.json'] },
  {
    name: 'vue-tsc',
    script: 'node_modules/vue-tsc/bin/vue-tsc.js',
    args: ['-p', 'src-renderer/tsconfig.json', '--noEmit'],
  },
]

if (import.meta.main) process.exitCode = (await runTasks(typecheckTasks)).length === 0 ? 0 : 1
