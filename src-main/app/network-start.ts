import { backoff } from '../base/index.ts'
import { isLedgerAway, toParleyError } from '../contract/index.ts'
import { createOverlay, type KnownNode, type Overlay, RecordCheck } from '../overlay/index.ts'
import type { AccountContext } from './account-types.ts'
import type { LedgerState } from './ledger-state.ts'
import { nodeMemory } from './node-memory.ts'
import { NodeSearch } from './node-search.ts'
import { pinnedChain } from './pinned-ledger.ts'
import { onRevocation, revocationBook } from './revocations.ts'

const RETRY_FIRST_MS = 500
const RETRY_MOST_MS = 30_000
/** Key packages in stock at the home nodes: as many first messages from new devices while this one is away. */
const STOCK = 20

/** Brings the overlay up as soon as the ledger's chain is known: from the ledger, or from the last time. */
export class NetworkStart {
  readonly #account: AccountContext
  readonly #ledger: LedgerState
  #running = false
  #cancel: (() => void) | undefined
  #search: NodeSearch | undefined
  /** The own other devices have been asked to let this one in. */
  #hasAsked = false

  constructor(account: AccountContext, ledger: LedgerState) {
    this.#account = account
    this.#ledger = ledger
  }

  start(): void {
    this.#running = true
    void this.#attempt(0)
  }

  stop(): void {
    this.#running = false
    this.#cancel?.()
    this.#search?.stop()
    this.#account.relay.fees.stop()
  }

  async #attempt(attempt: number): Promise<void> {
    const { store, parts } = this.#account
    try {
      const chain = await parts.ledger.chain()
      if (!this.#running) return
      this.#ledger.setChain(chain)
      await this.#begin(chain)
    } catch (thrown) {
      if (!this.#running) return
      parts.log.warn({ code: toParleyError(thrown).code }, 'the ledger does not answer yet')
      if (isLedgerAway(thrown)) this.#ledger.failed(thrown)
      else this.#ledger.report(false)
      const kept = pinnedChain(store)
      if (kept !== undefined) {
        this.#ledger.keptChain(kept)
        await this.#begin(kept)
      }
      const wait = backoff(attempt, RETRY_FIRST_MS, RETRY_MOST_MS, parts.random)
      this.#cancel = parts.clock.after(wait, () => void this.#attempt(attempt + 1))
    }
  }

  async #begin(chain: string): Promise<void> {
    const account = this.#account
    if (account.overlay) return
    const { identity, nodes, ledger, clock, random, log } = account.parts
    const memory = nodeMemory(account.store, log)
    const registry = new RecordCheck({ find: () => ledger.registry(), epoch: () => ledger.epoch(), clock, log })
    const overlay = createOverlay({
      identity: { certificate: identity.certificate, deviceKey: identity.deviceKey },
      revocations: revocationBook(account),
      chain,
      nodes,
      memory,
      registry,
      payer: account.relay.fees,
      salt: async () => (await ledger.epoch()).salt,
      clock,
      random,
      log,
    })
    account.attach(overlay, {
      certificate: identity.certificate,
      deviceKey: identity.deviceKey,
      sealingKey: identity.sealingKey,
      chain,
    })
    const found = (known: readonly KnownNode[]) => overlay.learn(known)
    const find = async () => {
      const live = await registry.newest()
      account.ion.searched(live.length)
      return live
    }
    this.#search = new NodeSearch({ find, found, clock, random, log })
    this.#listen(overlay)
    const isKnown = nodes.length > 0 || memory.load().length > 0
    await overlay.start()
    if (!this.#running) return
    account.relay.fees.start()
    this.#search.start(isKnown)
  }

  #listen(overlay: Overlay): void {
    const account = this.#account
    let connected = 0
    overlay.on('envelope', ({ bytes, fromDevice, accept }) => account.inbox?.receive(bytes, fromDevice, accept))
    overlay.on('presence', ({ address, online, devices }) => {
      for (const device of devices) account.devices.learn(device.checked)
      account.parts.emit('presence', { address, online })
      if (online) account.reach(address)
      account.emitNetwork()
    })
    overlay.on('ice', (servers) => account.ways.use(servers))
    overlay.on('revocation', (revocation) => onRevocation(account, revocation))
    overlay.on('links', (links) => {
      const now = links.filter((link) => link.state === 'connected').length
      account.keyUpdates.links(now)
      // Whoever is linked only to a node that is not in service any more looks for others.
      this.#search?.links(links.filter(({ state, home }) => state === 'connected' && home).length)
      if (now > connected) account.delivery.hastenAll()
      connected = now
      account.emitNetwork()
    })
    overlay.on('keyPackagesLow', ({ remaining }) => void this.#publish(overlay, remaining))
  }

  async #publish(overlay: Overlay, remaining: number): Promise<void> {
    try {
      const { packages, lastResort } = await this.#account.sessions.ensureKeyPackages(STOCK, remaining)
      await overlay.publishKeyPackages(packages, lastResort)
      if (this.#hasAsked) return
      this.#hasAsked = true
      await this.#account.ownDevices.ask()
    } catch (thrown) {
      if (this.#running)
        this.#account.parts.log.warn({ code: toParleyError(thrown).code }, 'key packages could not be published')
    }
  }
}
