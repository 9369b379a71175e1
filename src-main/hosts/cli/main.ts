import { runCli } from './cli.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())
// A reader that has gone away (`parley … | head`) is no error of ours.
process.stdout.on('error', () => {})

const code = await runCli(process.argv.slice(2), {
  env: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  say: (line) => void process.stderr.write(`${line}\n`),
  signal: stopping.signal,
  interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
})
process.exit(code)
