import type { CommandIo } from '../command.ts'
import { type Person, until } from './person.ts'

const PAYMENT = 1_000_000_000n

export type Talker = Pick<Person, 'name' | 'address' | 'call' | 'contactState' | 'hasMessage' | 'balance'>
type Step = (name: string, run: () => Promise<void>) => Promise<void>
type Wait = (what: string, holds: () => Promise<boolean>) => Promise<void>

/** Plays the main job through the daemons' API: add, accept, chat both ways, pay; prints each step with its time. */
export async function playScript(alice: Talker, bob: Talker, io: Pick<CommandIo, 'print' | 'signal'>): Promise<void> {
  const step: Step = async (name, run) => {
    const start = performance.now()
    await run()
    io.print(
      `${name.padEnd(32)} ${Math.round(performance.now() - start)
        .toString()
        .padStart(6)} ms`,
    )
  }
  const wait: Wait = (what, holds) => until(what, holds, io.signal)

  await befriend(alice, bob, step, wait)
  await step('Alice writes to Bob', () => write(alice, bob, `Hello Bob (${Date.now()})`, wait))
  await step('Bob writes to Alice', () => write(bob, alice, `Hello Alice (${Date.now()})`, wait))
  await step('Alice pays Bob 1 IOTA', async () => {
    const before = await bob.balance()
    await alice.call('wallet.send', { to: bob.address, nanos: PAYMENT.toString() })
    await wait('The payment at Bob', async () => (await bob.balance()) === before + PAYMENT)
  })
}

/** Goes on from wherever a kept profile stands: nothing, a request in either direction, or accepted on one side. */
async function befriend(alice: Talker, bob: Talker, step: Step, wait: Wait): Promise<void> {
  const accepts = async (person: Talker, other: Talker) => {
    await step(`${person.name} accepts`, async () => {
      await person.call('contacts.accept', { address: other.address })
      await wait(`The acceptance at ${other.name}`, async () => await isAccepted(other, person))
    })
  }
  // A stop may have come between the acceptance and its arrival: it goes on by itself.
  if (await isAccepted(bob, alice)) return await wait('The acceptance at Alice', () => isAccepted(alice, bob))
  const state = await alice.contactState(bob.address)
  if (state === 'accepted') return await wait('The acceptance at Bob', () => isAccepted(bob, alice))
  if (state === 'incoming') return await accepts(alice, bob)
  await step(state === 'requested' ? 'The request reaches Bob' : 'Alice adds Bob by address', async () => {
    if (state !== 'requested') await alice.call('contacts.add', { address: bob.address, name: 'Bob' })
    await wait('The request to Bob', async () => (await bob.contactState(alice.address)) === 'incoming')
  })
  await accepts(bob, alice)
}

async function isAccepted(at: Talker, other: Talker): Promise<boolean> {
  return (await at.contactState(other.address)) === 'accepted'
}

async function write(from: Talker, to: Talker, text: string, wait: Wait): Promise<void> {
  await from.call('chats.send', { chat: to.address, text })
  await wait(`The message at ${to.name}`, () => to.hasMessage(from.address, text))
}
