import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, startTestnet, TEST_PASSPHRASE, type Testnet } from '../testing/testnet.ts'

let net: Testnet
/** Two people with two devices each. */
let alice: Person
let aliceToo: Person
let bob: Person
let bobToo: Person

const phraseOf = async (person: Person) =>
  (await person.call('identity.revealPhrase', { passphrase: TEST_PASSPHRASE })).recoveryPhrase
const another = async (person: Person, name: string) =>
  net.person(name, { phrase: await phraseOf(person), direct: false })
const chatOf = (person: Person) => (person.address === alice.address ? bob.address : alice.address)
const stateOf = async (person: Person) => {
  const { contacts } = await person.call('contacts.list', {})
  return contacts.find(({ address }) => address === chatOf(person))?.state
}
/** What one writes is read by all of these, once the writer has heard of the newest group. */
async function reaches(from: Person, text: string, to: Person[]): Promise<void> {
  let times = 0
  const isHeard = async (person: Person) => {
    const { messages } = await person.call('chats.history', { chat: chatOf(person) })
    return messages.some((message) => message.text === `${text}, ${times}`)
  }
  const attempt = async () => {
    await from.call('chats.send', { chat: chatOf(from), text: `${text}, ${++times}` })
    for (let look = 0; look < 20; look++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      if ((await Promise.all(to.map(isHeard))).every(Boolean)) return true
    }
    return false
  }
  await expect.poll(attempt, { timeout: 20_000 }).toBe(true)
}

beforeAll(async () => {
  net = await startTestnet()
  alice = await net.person('Alice', { direct: false })
  bob = await net.person('Bob', { direct: false })
  aliceToo = await another(alice, 'Alice on another device')
  bobToo = await another(bob, 'Bob on another device')
}, 60_000)
afterAll(() => net.stop())

test('the first group of two people has every device of both, and each knows the contact without being told by its user', async () => {
  await net.befriend(alice, bob)
  for (const one of [aliceToo, bobToo]) await expect.poll(() => stateOf(one), { timeout: 20_000 }).toBe('accepted')
  await reaches(alice, 'to both of Bob', [bob, bobToo])
  await reaches(bobToo, 'to both of Alice', [alice, aliceToo])
  await reaches(aliceToo, 'from the other device', [bob, bobToo])
}, 60_000)

test('a device that begins later is let into the conversations by another one of its user, and reads what comes', async () => {
  const third = await another(alice, 'Alice on a third device')
  await expect.poll(() => stateOf(third), { timeout: 20_000 }).toBe('accepted')
  await reaches(third, 'from the third', [bob, bobToo])
  await reaches(bob, 'to all three', [alice, aliceToo, third])
}, 60_000)
