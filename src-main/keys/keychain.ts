import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { deadline, Secret } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import type { KeychainAnswer, KeychainRequest } from './keychain-calls.ts'
import type { KeychainProcess, SpawnKeychainProcess } from './types.ts'

/** A person who sees the keychain's prompt answers within this; where nobody does, the call would hang for ever. */
const PROMPT_MS = 10_000
/** Silence may end (a prompt that nobody saw, a bus that starts late), but asking again costs another wait. */
const SILENCE_MS = 60_000
const SILENT = 'The keychain of this computer did not answer. Use a passphrase instead, or unlock it and try again.'

/**
 * The keychain of the operating system. Each call runs in a process of its own that is killed afterwards, so nothing that
 * the keychain does can block or outlive this one. Calls throw `not_supported`, or `timeout` after 10 s.
 */
export class Keychain {
  readonly #spawn: SpawnKeychainProcess | undefined
  readonly #now: () => number
  #known: { answer: Promise<boolean>; until: number } | undefined

  /** Without `spawn` there is no keychain. `now`: milliseconds. */
  constructor(spawn: SpawnKeychainProcess | undefined, now: () => number) {
    this.#spawn = spawn
    this.#now = now
  }

  /** Written, read back and compared. */
  async keep(account: string, secret: Secret): Promise<void> {
    await this.#ask({ call: 'keep', account, secret: secret.use() })
  }

  /** Undefined where the keychain answers but has no such entry. */
  async read(account: string): Promise<Secret | undefined> {
    const bytes = await this.#ask({ call: 'read', account })
    if (!bytes) return undefined
    const secret = new Secret(bytes)
    bytes.fill(0)
    return secret
  }

  /** Whether what is written can be read back. Asked once; after a silence again, a minute later. */
  available(): Promise<boolean> {
    if (this.#known && this.#now() < this.#known.until) return this.#known.answer
    return this.check()
  }

  /** The same, asked anew. */
  check(): Promise<boolean> {
    const known = { answer: Promise.resolve(false), until: Infinity }
    known.answer = this.#ask({ call: 'check' }).then(
      () => true,
      (thrown: unknown) => {
        if (thrown instanceof ParleyError && thrown.code === 'timeout') known.until = this.#now() + SILENCE_MS
        return false
      },
    )
    this.#known = known
    return known.answer
  }

  async #ask(request: KeychainRequest): Promise<Uint8Array | undefined> {
    if (!this.#spawn || !hasKeychainBus()) throw unusable()
    const child = this.#spawn()
    const kill = () => child.kill()
    process.once('exit', kill)
    try {
      return await deadline(answerOf(child, request), PROMPT_MS, SILENT)
    } finally {
      process.off('exit', kill)
      kill()
    }
  }
}

function answerOf(child: KeychainProcess, request: KeychainRequest): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    child.onMessage((message) => {
      // Our own program: its answer is trusted in form.
      const answer = message as KeychainAnswer
      if (answer.kind === 'done') resolve(answer.secret)
      else reject(unusable(answer.reason))
    })
    child.onExit((code) => reject(unusable(`the keychain process ended with ${code}`)))
    child.post(request)
  })
}

function unusable(cause?: string): ParleyError {
  const message = 'There is no usable keychain on this computer. Use a passphrase instead.'
  return new ParleyError('not_supported', message, { cause })
}

/** On Linux the keychain is reached over the session bus, named as libdbus looks for it: known without asking anybody. */
function hasKeychainBus(): boolean {
  if (process.platform !== 'linux' || process.env['DBUS_SESSION_BUS_ADDRESS']) return true
  const folder = process.env['XDG_RUNTIME_DIR']
  return folder !== undefined && existsSync(join(folder, 'bus'))
}
