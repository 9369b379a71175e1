import * as v from 'valibot'
import { ParleyError } from '../../../contract/index.ts'
import { DaemonClient } from '../daemon-client.ts'
import type { Child } from './child.ts'

const PAUSE_MS = 5
const TIMEOUT_MS = 60_000
const LOW_BALANCE = 1_000_000_000n

const named = v.object({ address: v.string() })
const created = v.object({ recoveryPhrase: v.array(v.string()) })
const balance = v.object({
  nanos: v.pipe(
    v.string(),
    v.transform((text) => BigInt(text)),
  ),
})
const contacts = v.object({ contacts: v.array(v.object({ address: v.string(), state: v.string() })) })
const history = v.object({ messages: v.array(v.object({ text: v.optional(v.string()) })) })

/** Alice or Bob: what the script does with a daemon. */
export class Person {
  readonly name: string
  readonly #child: Child
  address = ''

  constructor(name: string, child: Child) {
    this.name = name
    this.#child = child
  }

  /** Opens this person's window, once. */
  url(): string {
    return this.#child.field('url')
  }

  access(): { url: string; api: string; token: string } {
    return { url: this.url(), api: this.#child.field('api'), token: this.#child.field('token') }
  }

  stop(): Promise<void> {
    return this.#child.stop()
  }

  call(method: string, params: unknown): Promise<unknown> {
    return new DaemonClient(this.#child.field('api'), this.#child.field('token')).call(method, params)
  }

  /** An identity where there is none yet, and tokens of the local faucet where few are left. */
  async prepare(passphrase: string): Promise<void> {
    const { state } = v.parse(v.object({ state: v.string() }), await this.call('identity.status', {}))
    if (state === 'none') await this.#create(passphrase)
    if (state === 'locked') await this.call('identity.unlock', { passphrase })
    this.address = v.parse(named, await this.call('identity.get', {})).address
    if ((await this.balance()) < LOW_BALANCE) await this.call('wallet.faucet', {})
  }

  /** Demo people have written their words down, so that their windows do not remind them. */
  async #create(passphrase: string): Promise<void> {
    const { recoveryPhrase } = v.parse(created, await this.call('identity.create', { name: this.name, passphrase }))
    const words = recoveryPhrase.slice(0, 3).map((word, index) => ({ index, word }))
    await this.call('identity.confirmPhrase', { words })
  }

  async balance(): Promise<bigint> {
    return v.parse(balance, await this.call('wallet.balance', {})).nanos
  }

  async contactState(address: string): Promise<string | undefined> {
    const list = v.parse(contacts, await this.call('contacts.list', {})).contacts
    return list.find((contact) => contact.address === address)?.state
  }

  async hasMessage(chat: string, text: string): Promise<boolean> {
    const page = v.parse(history, await this.call('chats.history', { chat, limit: 20 }))
    return page.messages.some((message) => message.text === text)
  }
}

/** Waits until it holds; throws `timeout` naming what did not happen. */
export async function until(what: string, holds: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  const end = performance.now() + TIMEOUT_MS
  while (!(await holds())) {
    if (signal.aborted) throw new ParleyError('timeout', 'The demo was stopped.')
    if (performance.now() > end) throw new ParleyError('timeout', `${what} did not happen.`)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
