import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, type TestContext } from 'vitest'

const missing = ['dbus-run-session', 'dbus-send', 'gnome-keyring-daemon'].filter(
  (name) => spawnSync('which', [name]).status !== 0,
)
if (missing.length > 0) console.warn(`keychain tests skipped: ${missing.join(', ')} not installed`)
const withKeychain = test.skipIf(missing.length > 0).concurrent
const child = join(import.meta.dirname, 'test-keychain.ts')
/** The race around a call, and what a busy machine needs around it. */
const [RACE_MS, SLACK_MS] = [10_000, 6000]

/** The tests run side by side, so each cleans up by its own context. */
function newHome({ onTestFinished }: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'parley-keychain-'))
  mkdirSync(join(home, 'run'), { mode: 0o700 })
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  return home
}

/** What the child printed, once it has ended by itself; with nothing of the user's desktop. */
async function run(home: string, command: string, args: string[], bus?: string): Promise<Record<string, unknown>> {
  const folders = { HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), XDG_DATA_HOME: join(home, 'data') }
  const env = { PATH: process.env['PATH'], ...folders, ...(bus && { DBUS_SESSION_BUS_ADDRESS: bus }) }
  const started = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  started.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  started.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  await once(started, 'close')
  const line = output.split('\n').find((text) => text.startsWith('{'))
  if (!line) throw new Error(`the child printed nothing: ${errors}`)
  return JSON.parse(line) as Record<string, unknown>
}

/** On a session bus of its own, after `prepare` (shell). */
function onPrivateBus(home: string, prepare: string, only = ''): Promise<Record<string, unknown>> {
  const script = `${prepare}"$0" "$1" "$2" "$3"; status=$?; [ -z "$daemon" ] || kill $daemon; exit $status`
  return run(home, 'dbus-run-session', ['--', 'sh', '-c', script, process.execPath, child, join(home, 'profile'), only])
}

/** Shell: the keychain is there when it has its name on the bus. */
const daemon = (flags: string) =>
  `gnome-keyring-daemon --foreground --components=secrets ${flags} & daemon=$!; for i in $(seq 100); do ` +
  `dbus-send --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner ` +
  `string:org.freedesktop.secrets >/dev/null 2>&1 && break; sleep 0.1; done; sleep 0.3; `
const unlocked = (home: string) => `printf password > ${home}/pw; ${daemon(`--unlock < ${home}/pw`)}`
/** One that was made with a password which nobody gives now. */
const locked = (home: string) => `${unlocked(home)}kill $daemon; wait $daemon; ${daemon('')}`

/** What the keychain starts to ask for its password. */
function prompter(home: string, program: string): void {
  const services = join(home, 'data', 'dbus-1', 'services')
  mkdirSync(services, { recursive: true })
  const name = 'org.gnome.keyring.SystemPrompter'
  writeFileSync(join(services, `${name}.service`), `[D-BUS Service]\nName=${name}\nExec=${program}\n`)
}

/** Processes that have `text` in their command line. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(text)
    } catch {
      return false
    }
  })
}

withKeychain('the keychain keeps the master key: a new keyring unlocks without a passphrase', async (context) => {
  const home = newHome(context)
  const found = await onPrivateBus(home, unlocked(home))
  expect(found).toMatchObject({ available: true, kind: 'keychain', same: true, phrase: true })
  expect(found['msAgain'], 'remembered').toBeLessThan(1000)
})

withKeychain('a bus without a keychain is not_supported, and the vault serves', async (context) => {
  expect(await onPrivateBus(newHome(context), '')).toMatchObject({
    available: false,
    code: 'not_supported',
    vault: true,
  })
})

withKeychain('a locked keychain that has nobody to ask is not_supported, and the vault serves', async (context) => {
  const home = newHome(context)
  prompter(home, '/bin/false')
  const found = await onPrivateBus(home, locked(home))
  expect(found).toMatchObject({ available: false, code: 'not_supported', vault: true })
})

withKeychain('a prompt that nobody answers ends with the race, and the process ends', async (context) => {
  const home = newHome(context)
  prompter(home, '/bin/sleep 12')
  const found = await onPrivateBus(home, locked(home), 'availability')
  expect(found).toMatchObject({ available: false, vault: true })
  expect(found['ms']).toBeGreaterThanOrEqual(RACE_MS - 50)
  expect(found['ms']).toBeLessThan(RACE_MS + SLACK_MS)
})

test.skipIf(process.platform !== 'linux').concurrent('no session bus at all is known at once', async (context) => {
  const home = newHome(context)
  const found = await run(home, process.execPath, [child, join(home, 'profile')])
  expect(found).toMatchObject({ available: false, code: 'not_supported', vault: true })
  expect(found['ms']).toBeLessThan(1000)
})

test
  .skipIf(process.platform !== 'linux')
  .concurrent(
    'a bus that accepts and never answers blocks nothing: the calls end with the race, the process and its parts end',
    async (context) => {
      const home = newHome(context)
      const sockets = new Set<Socket>()
      const bus = createServer((socket) => sockets.add(socket.on('error', () => {}))).listen(join(home, 'bus'))
      await once(bus, 'listening')
      context.onTestFinished(() => {
        for (const socket of sockets) socket.destroy()
        bus.close()
      })
      const address = `unix:path=${join(home, 'bus')}`
      const found = await run(home, process.execPath, [child, join(home, 'profile')], address)
      expect(sockets.size, 'the keychain process came this far, twice').toBe(2)
      expect(found).toMatchObject({ available: false, code: 'not_supported', vault: true, msAgain: expect.any(Number) })
      expect(found['ms']).toBeGreaterThanOrEqual(RACE_MS - 50)
      expect(found['ms']).toBeLessThan(RACE_MS + SLACK_MS)
      expect(found['msAgain'], 'remembered').toBeLessThan(1000)
      expect(found['stalledMs'], 'the event loop').toBeLessThan(1000)
      expect(processesWith(address)).toEqual([])
    },
  )
