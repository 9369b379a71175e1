import { createHash } from 'node:crypto'
import type { Call } from './arguments.ts'
import type { MoveMachine } from '../index.ts'
import { ChannelBench, lock, WINDOW } from './channel-bench.ts'
import { Script } from './script.ts'
import type { Condition, State } from './states.ts'

/** Numbers that follow from a seed and nothing else. */
class Dice {
  readonly #seed: string
  #count = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  /** 0 to `sides` - 1. */
  roll(sides: number): number {
    const digest = createHash('sha256').update(`${this.#seed}/${this.#count++}`).digest()
    return digest.readUInt32LE(0) % sides
  }

  chance(percent: number): boolean {
    return this.roll(100) < percent
  }

  /** Parts of a whole, none negative. */
  split(whole: bigint, parts: number): bigint[] {
    const cuts = Array.from({ length: parts - 1 }, () => BigInt(this.roll(1_000_000)) % (whole + 1n))
    const sorted = [0n, ...cuts.toSorted((a, b) => Number(a - b)), whole]
    return sorted.slice(1).map((value, index) => value - (sorted[index] as bigint))
  }
}

const LOCKS = ['a', 'b', 'c'].map(lock)
/** Enough for a channel to be opened, used, disputed and settled. */
const MOVES = 12
/** Each becomes a unit test of its own with all the steps before it. */
const MAX_FAILURES = 1

/** A life of one channel: most moves are right, some are wrong in one way. */
class RandomLife {
  readonly #dice: Dice
  readonly #script: Script
  readonly #bench: ChannelBench
  readonly #parties: number
  #total: bigint
  #sequence = 0n
  #closing = false
  #failures = 0
  #ended = false
  /** Of the newest state that was made. */
  #hashes: Uint8Array[] = []

  constructor(script: Script, dice: Dice) {
    this.#dice = dice
    this.#script = script
    this.#parties = 2 + dice.roll(3)
    this.#total = 100n + BigInt(dice.roll(1_000))
    this.#bench = new ChannelBench(script, this.#parties).by(0)
    this.#bench.open({ balances: dice.split(this.#total, this.#parties) })
  }

  run(): void {
    for (let move = 0; move < MOVES && !this.#ended; move++) {
      this.#script.time += this.#dice.chance(15) ? WINDOW - 1n : BigInt(this.#dice.roll(3))
      if (!this.#move() && ++this.#failures === MAX_FAILURES) return
    }
  }

  #move(): boolean {
    const who = this.#dice.roll(this.#parties)
    const bench = this.#bench.by(this.#dice.chance(3) ? 99 : who)
    // What fits the channel's phase, and now and then what does not.
    const disputed = this.#closing !== this.#dice.chance(5)
    switch (this.#dice.roll(disputed ? 6 : 5)) {
      case 0:
        return disputed ? this.#reveal(bench) : this.#deposit(bench, who)
      case 1:
        return disputed ? this.#reveal(bench) : this.#withdraw(bench)
      case 2:
        return disputed ? this.#settle(bench, who) : this.#start(bench.startCall(who))
      case 3:
        return disputed ? this.#challenge(bench) : this.#start(bench.startWithCall(who, ...this.#signed()))
      case 4:
        return disputed || this.#dice.chance(50) ? this.#challenge(bench) : this.#deposit(bench, who)
      default:
        return this.#dice.chance(20) ? this.#close(bench) : this.#script.attempt(bench.readCall('value'))
    }
  }

  #start(call: Call): boolean {
    this.#closing = true
    return this.#script.attempt(call)
  }

  #challenge(bench: ChannelBench): boolean {
    return this.#script.attempt(bench.challengeCall(...this.#signed()))
  }

  #reveal(bench: ChannelBench): boolean {
    const known = LOCKS.filter(({ hash }) => this.#hashes.includes(hash))
    const { preimage } = (this.#dice.chance(90) ? known : LOCKS)[0] ?? lock('nobody knows this')
    return known.length === 0 || this.#script.attempt(bench.revealCall(preimage))
  }

  #deposit(bench: ChannelBench, who: number): boolean {
    const amount = BigInt(this.#dice.roll(50))
    const done = this.#script.attempt(bench.depositCall(who, amount))
    if (done && this.#dice.chance(80)) this.#total += amount
    return done
  }

  #withdraw(bench: ChannelBench): boolean {
    const wanted = BigInt(this.#dice.roll(50))
    // A channel can be emptied, and no more: an amount below zero cannot even be written down.
    const taken = wanted < this.#total ? wanted : this.#total
    const state = this.#state(this.#total - taken)
    const done = this.#script.attempt(bench.withdrawCall(state, this.#dice.split(taken, this.#parties)))
    if (done) this.#total -= taken
    return done
  }

  #close(bench: ChannelBench): boolean {
    this.#sequence += 1n
    this.#ended = this.#script.attempt(bench.closeCall(this.#sequence, this.#dice.split(this.#total, this.#parties)))
    return this.#ended
  }

  #settle(bench: ChannelBench, who: number): boolean {
    this.#script.time += WINDOW
    if (!this.#script.attempt(bench.settleCall())) return false
    if (this.#dice.chance(80)) return true
    this.#ended = this.#script.attempt(bench.destroyCall(who))
    return this.#ended
  }

  #signed(): [State, Uint8Array[]] {
    const state = this.#state(this.#total)
    const signatures = this.#bench.signState(state)
    if (this.#dice.chance(4)) signatures.reverse()
    if (this.#dice.chance(2)) signatures.pop()
    return [state, signatures]
  }

  #state(total: bigint): State {
    const count = this.#dice.chance(40) ? 1 + this.#dice.roll(3) : 0
    const [free = 0n, ...held] = this.#dice.split(total, count + 1)
    if (this.#sequence === 0n || !this.#dice.chance(4)) this.#sequence += 1n + BigInt(this.#dice.roll(3))
    const wrong = this.#dice.chance(3) ? 1n : 0n
    const conditions = held.map((amount) => this.#condition(amount))
    this.#hashes = conditions.map(({ hash }) => hash)
    return {
      sequence: this.#sequence,
      confirmed: this.#dice.chance(3) ? this.#sequence : (this.#sequence - 1n) / BigInt(1 + this.#dice.roll(3)),
      balances: this.#dice.split(free + wrong, this.#parties),
      conditions,
    }
  }

  #condition(amount: bigint): Condition {
    const from = this.#dice.roll(this.#parties)
    const to = this.#dice.chance(3) ? from : (from + 1) % this.#parties
    const { hash } = LOCKS[this.#dice.roll(3)] ?? lock('')
    return { from, to, amount, hash, expiry: this.#script.time + BigInt(this.#dice.roll(2 * Number(WINDOW))) }
  }
}

/** `count` scripts of channels; the same seed gives the same ones. */
export function randomScripts(machine: () => MoveMachine, seed: string, count: number): Script[] {
  return Array.from({ length: count }, (_, index) => {
    const script = new Script(`random_${index}`, machine())
    new RandomLife(script, new Dice(`${seed}/${index}`)).run()
    return script
  })
}
