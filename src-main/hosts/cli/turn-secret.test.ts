import { readFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { Process } from '../../testing/processes.ts'

const SECRET = 'a secret that nobody may read'
const running: Process[] = []
afterEach(async () => void (await Promise.all(running.splice(0).map((each) => each.stop()))))

/** A node whose ledger does not answer: it is ready all the same. */
async function start(args: string[], env: NodeJS.ProcessEnv): Promise<Process> {
  const node = new Process('s2', ['--ledger', 'http://127.0.0.1:1', '--turn-url', 'turn:192.0.2.1:3478', ...args], env)
  running.push(node)
  return await node.start()
}

test.skipIf(process.platform !== 'linux').each([
  ['an argument', ['--turn-secret', SECRET], {}],
  ['the environment', [], { PARLEY_TURN_SECRET: SECRET }],
])('a TURN secret from %s stands neither in the process list nor in the log', async (_, args, env) => {
  const node = await start(args, env)
  expect(await readFile(`/proc/${node.pid}/cmdline`, 'latin1')).not.toContain(SECRET)
  expect(node.log).not.toContain(SECRET)
})
