import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const missing = ['dbus-run-session', 'gnome-keyring-daemon'].filter((name) => spawnSync('which', [name]).status !== 0)
if (missing.length > 0) console.warn(`keychain tests skipped: ${missing.join(', ')} not installed`)
const child = join(import.meta.dirname, 'test-keychain.ts')
let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'parley-keychain-'))
  mkdirSync(join(home, 'run'), { mode: 0o700 })
})
afterEach(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))

/** Runs the child on a session bus of its own, after `prepare` (shell), with nothing of the user's desktop. */
function onPrivateBus(prepare: string): Promise<Record<string, unknown>> {
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    XDG_RUNTIME_DIR: join(home, 'run'),
    XDG_DATA_HOME: join(home, 'data'),
  }
  const script = `${prepare}"$0" "$1" "$2"; status=$?; [ -z "$daemon" ] || kill $daemon; exit $status`
  const command = ['--', 'sh', '-c', script, process.execPath, child, join(home, 'profile')]
  const bus = spawn('dbus-run-session', command, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  bus.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  bus.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  return new Promise((resolve, reject) => {
    bus.on('close', () => {
      const line = output.split('\n').find((text) => text.startsWith('{'))
      if (line) resolve(JSON.parse(line) as Record<string, unknown>)
      else reject(new Error(`the child printed nothing: ${errors}`))
    })
  })
}

const daemon = (flags: string) =>
  `gnome-keyring-daemon --foreground --components=secrets ${flags} & daemon=$!; sleep 1; `

test.skipIf(missing.length > 0)(
  'the keychain keeps the master key: a new keyring unlocks without a passphrase',
  async () => {
    const found = await onPrivateBus(`printf password > ${home}/pw; ${daemon(`--unlock < ${home}/pw`)}`)
    expect(found).toMatchObject({ available: true, kind: 'keychain', same: true, phrase: true })
  },
)

test.skipIf(missing.length > 0)('without a keychain the answer is not_supported and the vault serves', async () => {
  const found = await onPrivateBus('')
  expect(found).toMatchObject({ available: false, code: 'not_supported', vault: true })
})

test.skipIf(missing.length > 0)(
  'a locked keychain that has nobody to ask is not_supported, and the vault serves',
  async () => {
    const found = await onPrivateBus(daemon(''))
    expect(found).toMatchObject({ available: false, code: 'not_supported', vault: true })
  },
)
