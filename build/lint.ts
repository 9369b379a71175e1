import { cruiser, runTasks, type Task } from './run-tasks.ts'
import { typecheckTasks } from './typecheck.ts'

/** `npm run lint`: the longest first, two at a time. */
const tasks: Task[] = [
  { name: 'eslint', script: 'node_modules/eslint/bin/eslint.js', args: ['.', '--max-warnings', '0'] },
  ...typecheckTasks,
  { name: 'prettier', script: 'node_modules/prettier/bin/prettier.cjs', args: ['--check', '--log-level', 'warn', '.'] },
  {
    name: 'import table',
    script: cruiser,
    args: ['--config', 'build/dependency-rules.cjs', '--output-type', 'err', 'src-main', 'src-renderer'],
  },
  { name: 'knip', script: 'node_modules/knip/bin/knip.js', args: ['--config', 'build/knip.json', '--no-progress'] },
  { name: 'files', script: 'build/check-files.ts', args: [] },
]

const failed = await runTasks(tasks)
console.log(failed.length === 0 ? 'lint: all good' : `lint: ${failed.join(', ')} failed`)
process.exitCode = failed.length === 0 ? 0 : 1
