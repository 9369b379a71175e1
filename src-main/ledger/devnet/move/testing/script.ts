import { bcs } from '@iota/bcs'
import { fullAddress } from '../type.ts'
import { MoveFailure, type MoveMachine } from '../index.ts'
import { abortCodes } from './sources.ts'
import type { Call } from './arguments.ts'
import { type Done, idOf, type Transaction, World } from './world.ts'

export interface Step {
  transaction: Transaction
  done: Done
}

/** One unit test for the other machine: steps that succeed, then perhaps one that fails as it did here. */
export interface Case {
  name: string
  steps: Step[]
  failing?: { transaction: Transaction; failure: MoveFailure }
}

export type Scenario = (script: Script) => void

/** Writes down what the interpreter does, step by step, so that the other machine can be asked for the same. */
export class Script {
  sender = '0xa'
  epoch = 0n
  time = 1_000_000n
  readonly name: string
  readonly #world: World
  readonly #steps: Step[] = []
  readonly #failing: Case[] = []

  constructor(name: string, machine: MoveMachine) {
    this.name = name
    this.#world = new World(machine)
  }

  /** The whole script, and each of its failures after the steps before it. */
  get cases(): Case[] {
    return [...this.#failing, { name: this.name, steps: [...this.#steps] }]
  }

  /** Throws MoveFailure. */
  call(call: Call): Done {
    const transaction = this.#transaction(call)
    const done = this.#world.execute(transaction)
    this.#steps.push({ transaction, done })
    return done
  }

  /** The id of the one object that a call shares. */
  share(call: Call): string {
    const shared = this.call(call).outcome.transferred.filter(({ owner }) => 'Shared' in owner)
    const [only] = shared
    if (!only || shared.length !== 1) throw new Error(`${call.function} shares ${shared.length} objects`)
    return idOf(only.bytes)
  }

  /** A call that must abort with a constant of its module; the script goes on as if it had not been. */
  fails(constant: string, call: Call): void {
    const failure = this.#fail(call)
    const [place, code] = (failure.status.MoveAbort ?? []) as [{ module: { name: string } }?, string?]
    const expected = abortCodes.get(`${call.module}::${constant}`)
    if (!expected || place?.module.name !== call.module || BigInt(code ?? -1) !== expected)
      throw new Error(`${call.function} fails with ${failure.message} and not with ${constant}`)
  }

  #fail(call: Call): MoveFailure {
    const transaction = this.#transaction(call)
    const failure = this.#world.fail(transaction)
    const name = `${this.name}_fails_${this.#failing.length}`
    this.#failing.push({ name, steps: [...this.#steps], failing: { transaction, failure } })
    return failure
  }

  /** Whether it succeeds. */
  attempt(call: Call): boolean {
    const transaction = this.#transaction(call)
    try {
      this.#steps.push({ transaction, done: this.#world.execute(transaction) })
      return true
    } catch (error) {
      if (!(error instanceof MoveFailure)) throw error
      this.#fail(call)
      return false
    }
  }

  /** What coins an address was given by the script's calls, in all. */
  paid(address: string): bigint {
    const coins = this.#steps
      .flatMap((step) => step.done.outcome.transferred)
      .filter(({ owner }) => 'AddressOwner' in owner && owner.AddressOwner === fullAddress(address))
    return coins.reduce((sum, { bytes }) => sum + BigInt(bcs.u64().parse(bytes.subarray(32))), 0n)
  }

  /** A call that must answer yes or no. */
  expectAnswer(call: Call, expected: boolean): void {
    const [answer] = this.call(call).outcome.returns
    if (answer?.type !== 'bool' || (answer.bytes[0] === 1) !== expected)
      throw new Error(`${this.name}: ${call.function} does not answer ${expected}`)
  }

  /** Payouts of the parties 0, 1, … of a channel. */
  expectPaid(...amounts: bigint[]): void {
    const paid = amounts.map((_, index) => this.paid(`0x${(0xa0 + index).toString(16)}`))
    if (paid.some((amount, index) => amount !== amounts[index]))
      throw new Error(`${this.name} pays ${paid.join()} and not ${amounts.join()}`)
  }

  #transaction(call: Call): Transaction {
    return { sender: this.sender, epoch: this.epoch, time: this.time, call }
  }
}
