import { expect, test } from 'vitest'
import { playScript, type Talker } from './script.ts'

type State = 'requested' | 'incoming' | 'accepted' | undefined

/** Two people of whom only the contact states, messages and balances exist; what one does, the other has at once. */
function people(aliceSees: State, bobSees: State) {
  const [alice, bob] = [new Puppet('Alice', aliceSees), new Puppet('Bob', bobSees)]
  alice.other = bob
  bob.other = alice
  return { alice, bob }
}

class Puppet implements Talker {
  readonly name: string
  readonly address: string
  readonly texts: unknown[] = []
  other: Puppet | undefined
  state: State
  nanos = 0n

  constructor(name: string, state: State) {
    this.name = name
    this.address = name
    this.state = state
  }

  contactState = async () => this.state
  hasMessage = async (_chat: string, text: string) => this.texts.includes(text)
  balance = async () => this.nanos

  async call(method: string, params: { text?: string; nanos?: string }): Promise<unknown> {
    const { other } = this
    if (!other) throw new Error('alone')
    if (method === 'contacts.add') [this.state, other.state] = ['requested', 'incoming']
    if (method === 'contacts.accept' && this.state !== 'incoming') throw new Error('nothing to accept')
    if (method === 'contacts.accept') [this.state, other.state] = ['accepted', 'accepted']
    if (method === 'chats.send') other.texts.push(params.text)
    if (method === 'wallet.send') other.nanos += BigInt(params.nanos ?? '0')
    return {}
  }
}

async function play({ alice, bob }: ReturnType<typeof people>): Promise<string[]> {
  const lines: string[] = []
  await playScript(alice, bob, { print: (line) => lines.push(line), signal: new AbortController().signal })
  return lines.map((line) => line.replace(/ +\d+ ms$/, ''))
}

const job = ['Alice writes to Bob', 'Bob writes to Alice', 'Alice pays Bob 1 IOTA']

test.each([
  { alice: undefined, bob: undefined, steps: ['Alice adds Bob by address', 'Bob accepts'] },
  { alice: 'requested', bob: 'incoming', steps: ['The request reaches Bob', 'Bob accepts'] },
  { alice: 'incoming', bob: 'requested', steps: ['Alice accepts'] },
  { alice: 'accepted', bob: 'accepted', steps: [] },
] as const)('the script goes on from $alice at Alice and $bob at Bob', async ({ alice, bob, steps }) => {
  expect(await play(people(alice, bob))).toEqual([...steps, ...job])
})

test('an acceptance that is still on its way is waited for', async () => {
  const pair = people('requested', 'accepted')
  setTimeout(() => (pair.alice.state = 'accepted'), 20)
  expect(await play(pair)).toEqual(job)
})
