import {
  acceptAll,
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  decodeGroupState,
  decodeMlsMessage,
  defaultCapabilities,
  defaultLifetime,
  emptyPskIndex,
  encodeGroupState,
  encodeMlsMessage,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  type MLSMessage,
  type Proposal,
  processMessage,
} from 'ts-mls'
import { beforeAll, expect, test } from 'vitest'
import { toHex, utf8 } from '../base/index.ts'

// Random histories of a group with the fast classical ciphersuite: the tree logic is the same for every suite.
// Without the patch of build/patches the histories 4, 6 and 8 fail with "must list leaf node in its unmerged_leaves".
const HISTORIES = 10
const STEPS = 14

let suite: CiphersuiteImpl
beforeAll(async () => {
  suite = await getCiphersuiteImpl(getCiphersuiteFromName('MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'))
})

type Invited = { name: string } & Awaited<ReturnType<typeof generateKeyPackage>>

/** One group over its life: who is in it by name, and the last states of those who were removed. */
class History {
  readonly members = new Map<string, ClientState>()
  readonly removed: ClientState[] = []
  joins = 0
  #names = 0
  #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  async run(): Promise<void> {
    const first = await this.#invite()
    const state = await createGroup(utf8('group'), first.publicPackage, first.privatePackage, [], suite)
    this.members.set(first.name, state)
    for (let step = 0; step < STEPS; step++) {
      await this.#commit()
      this.#restart()
      await this.#speak(`message ${step}`)
    }
  }

  #random(below: number): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#seed / 2 ** 32) * below)
  }

  #pick(names: string[]): string {
    return names[this.#random(names.length)]!
  }

  async #invite(): Promise<Invited> {
    const name = `member ${this.#names++}`
    const credential = { credentialType: 'basic' as const, identity: utf8(name) }
    return { name, ...(await generateKeyPackage(credential, defaultCapabilities(), defaultLifetime, [], suite)) }
  }

  async #commit(): Promise<void> {
    const names = [...this.members.keys()]
    const author = this.#pick(names)
    const added: Invited[] = []
    const adding = names.length < 3 ? 1 + this.#random(5) : this.#random(3)
    for (let index = 0; index < adding; index++) added.push(await this.#invite())
    const leaving = this.#leaving(names.filter((name) => name !== author))
    const extraProposals: Proposal[] = [
      ...leaving.map((name) => ({
        proposalType: 'remove' as const,
        remove: { removed: this.members.get(name)!.privatePath.leafIndex },
      })),
      ...added.map((fresh) => ({ proposalType: 'add' as const, add: { keyPackage: fresh.publicPackage } })),
    ]
    const context = { state: this.members.get(author)!, cipherSuite: suite }
    const made = await createCommit(context, { extraProposals, ratchetTreeExtension: true })
    await this.#hearCommit(author, leaving, made.commit, made.newState)
    for (const fresh of added) {
      const state = await joinGroup(made.welcome!, fresh.publicPackage, fresh.privatePackage, emptyPskIndex, suite)
      this.joins++
      this.members.set(fresh.name, state)
    }
    const epochs = new Set([...this.members.values()].map((state) => toHex(state.keySchedule.epochAuthenticator)))
    expect(epochs.size, 'every member is at the same epoch').toBe(1)
  }

  #leaving(others: string[]): string[] {
    const chosen = new Set<string>()
    for (let count = others.length > 2 ? this.#random(3) : 0; count > 0; count--) chosen.add(this.#pick(others))
    return [...chosen]
  }

  async #hearCommit(author: string, leaving: string[], commit: MLSMessage, newState: ClientState): Promise<void> {
    for (const [name, state] of [...this.members]) {
      if (name === author) this.members.set(name, newState)
      else if (leaving.includes(name)) await this.#leave(name, state, commit)
      else this.members.set(name, (await hear(state, commit)).newState)
    }
  }

  /** What it had, and what it can make of the commit if anything, must both be worthless from here on. */
  async #leave(name: string, state: ClientState, commit: MLSMessage): Promise<void> {
    this.members.delete(name)
    this.removed.push(state)
    const made = await hear(state, commit).catch(() => undefined)
    if (made) this.removed.push(made.newState)
  }

  /** One member comes back from its stored bytes. */
  #restart(): void {
    const name = this.#pick([...this.members.keys()])
    const state = this.members.get(name)!
    const [stored] = decodeGroupState(encodeGroupState(state), 0)!
    this.members.set(name, { ...stored, clientConfig: state.clientConfig })
  }

  async #speak(text: string): Promise<void> {
    const author = this.#pick([...this.members.keys()])
    const made = await createApplicationMessage(this.members.get(author)!, utf8(text), suite)
    const message = {
      version: 'mls10',
      wireformat: 'mls_private_message',
      privateMessage: made.privateMessage,
    } as const
    this.members.set(author, made.newState)
    for (const [name, state] of this.members) {
      if (name === author) continue
      const heard = await hear(state, message)
      expect(heard.kind === 'applicationMessage' && new TextDecoder().decode(heard.message)).toBe(text)
      this.members.set(name, heard.newState)
    }
    for (const state of this.removed) await expect(hear(state, message), 'a removed member reads on').rejects.toThrow()
  }
}

/** Over the wire: encoded and decoded again. */
function hear(state: ClientState, message: MLSMessage) {
  const [decoded] = decodeMlsMessage(encodeMlsMessage(message), 0)!
  if (decoded.wireformat !== 'mls_private_message') throw new Error('not a private message')
  return processMessage(decoded, state, emptyPskIndex, acceptAll, suite)
}

test('random histories: no Welcome is refused, no member diverges, no removed member reads', async () => {
  let joins = 0
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const history = new History(seed * 7919)
    await history.run()
    joins += history.joins
  }
  expect(joins).toBeGreaterThan(100)
  // It waits for nothing: what it takes is the processor's time alone.
}, 120_000)
