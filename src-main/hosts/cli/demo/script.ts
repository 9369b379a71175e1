import type { CommandIo } from '../command.ts'
import { type Person, until } from './person.ts'

const PAYMENT = 1_000_000_000n

/** Plays the main job through the daemons' API: add, accept, chat both ways, pay; prints each step with its time. */
export async function playScript(alice: Person, bob: Person, io: CommandIo): Promise<void> {
  const step = async (name: string, run: () => Promise<void>) => {
    const start = performance.now()
    await run()
    io.print(
      `${name.padEnd(32)} ${Math.round(performance.now() - start)
        .toString()
        .padStart(6)} ms`,
    )
  }
  const wait = (what: string, holds: () => Promise<boolean>) => until(what, holds, io.signal)

  if ((await alice.contactState(bob.address)) !== 'accepted') {
    await step('Alice adds Bob by address', async () => {
      await alice.call('contacts.add', { address: bob.address, name: 'Bob' })
      await wait('The request to Bob', async () => (await bob.contactState(alice.address)) === 'incoming')
    })
    await step('Bob accepts', async () => {
      await bob.call('contacts.accept', { address: alice.address })
      await wait('The acceptance at Alice', async () => (await alice.contactState(bob.address)) === 'accepted')
    })
  }
  await step('Alice writes to Bob', () => write(alice, bob, `Hello Bob (${Date.now()})`, wait))
  await step('Bob writes to Alice', () => write(bob, alice, `Hello Alice (${Date.now()})`, wait))
  await step('Alice pays Bob 1 IOTA', async () => {
    const before = await bob.balance()
    await alice.call('wallet.send', { to: bob.address, nanos: PAYMENT.toString() })
    await wait('The payment at Bob', async () => (await bob.balance()) === before + PAYMENT)
  })
}

async function write(
  from: Person,
  to: Person,
  text: string,
  wait: (what: string, holds: () => Promise<boolean>) => Promise<void>,
): Promise<void> {
  await from.call('chats.send', { chat: to.address, text })
  await wait(`The message at ${to.name}`, () => to.hasMessage(from.address, text))
}
