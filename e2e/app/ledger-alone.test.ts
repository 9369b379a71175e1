/// <reference lib="dom" />
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { DaemonClient } from '../../src-main/hosts/cli/daemon-client.ts'
import type { Process } from '../../src-main/testing/processes.ts'
import { button, describeRealWindows, field, PASSPHRASE } from './real-windows.ts'
import { lookComplaints } from './screens/look.ts'

describeRealWindows('two real windows with the ledger alone, no relay', ({ folder, start, open }) => {
  const noise: string[][] = []
  const clients: DaemonClient[] = []
  let bobsDaemon: Process
  let alice: Page
  let bob: Page
  let rpc = ''

  const daemonArgs = (name: string) => ['--profile', join(folder, name), '--ledger', rpc, '--bind', '127.0.0.1']

  async function openFor(name: string): Promise<{ daemon: Process; page: Page }> {
    const daemon = await start('daemon', daemonArgs(name))
    const { api = '', token = '', url = '' } = daemon.ready
    const client = new DaemonClient(api, token)
    clients.push(client)
    await client.call('identity.create', { name, passphrase: PASSPHRASE })
    await client.call('wallet.faucet', {})
    const opened = await open(url, 30_000)
    noise.push(opened.noise)
    await opened.page.getByRole('navigation', { name: 'Sections' }).waitFor()
    return { daemon, page: opened.page }
  }

  beforeAll(async () => {
    rpc = (await start('devnet', ['--port', '0', '--data', join(folder, 'ledger')])).ready.rpc ?? ''
    alice = (await openFor('Alice')).page
    ;({ page: bob, daemon: bobsDaemon } = await openFor('Bob'))
  }, 90_000)

  test('Bob is asked through the ledger after its cost was shown, accepts, and both talk directly', async () => {
    const { address } = (await clients[1]?.call('identity.get', {})) as { address: string }
    await button(alice, 'Add contact').first().click()
    await field(alice, 'Address').fill(address)
    await alice.getByText('so this request goes through the ledger').waitFor()
    await alice.getByText(/records? of [\d.]+ IOTA/).waitFor()
    expect(await lookComplaints(alice)).toEqual([])
    await button(alice, 'Send request').click()
    await button(bob, /^Alice/)
      .first()
      .click()
    await button(bob, 'Accept').click()
    await field(alice, 'Message Bob').fill('Hello over the ledger')
    await alice.keyboard.press('Enter')
    await bob.getByTestId('messages').getByText('Hello over the ledger').waitFor()
    await alice
      .getByText(/^Direct connection/)
      .first()
      .waitFor()
  }, 90_000)

  test('Bob asks for money in the chat and Alice pays from the card', async () => {
    await button(bob, 'Ask for IOTA').click()
    await field(bob, 'Amount in IOTA').fill('4.5')
    await bob.keyboard.press('Enter')
    await button(alice, 'Pay 4.50 IOTA').click()
    const dialog = alice.getByRole('dialog')
    await dialog.getByText('Leaves your balance').waitFor()
    await dialog.getByRole('button', { name: 'Pay 4.50 IOTA' }).click()
    await button(alice, 'Done').click()
    await alice.getByText('You paid this').waitFor()
    await bob.getByText('Alice paid this').waitFor()
    expect(await lookComplaints(alice)).toEqual([])
  }, 60_000)

  test('a room is made, joined by its link, and what is written in it names who wrote', async () => {
    await button(bob, 'Rooms').click()
    await field(bob, 'Name of the room').fill('Hut')
    await button(bob, 'Create room').click()
    await bob.getByRole('region', { name: 'Messages with Hut' }).waitFor()
    const { rooms } = (await clients[1]?.call('rooms.list', {})) as { rooms: { link: string }[] }
    await field(alice, 'Search or paste an address').fill(rooms[0]?.link ?? '')
    await button(alice, 'Join room').click()
    await alice.getByRole('dialog').getByRole('button', { name: 'Join room' }).click()
    await alice.getByText('Connected to 1 person').first().waitFor()
    await field(alice, 'Message Hut').fill('Here I am')
    await alice.keyboard.press('Enter')
    await bob.getByTestId('messages').getByText('Here I am').waitFor()
    await bob.getByTestId('messages').getByText('Alice', { exact: true }).waitFor()
  }, 90_000)

  test('another ledger has nothing of this one, and the way back brings everything back', async () => {
    await button(alice, 'Local ledger - tokens of no value').click()
    await button(alice, 'Choose another ledger').click()
    await alice.getByRole('radio', { name: /Your own ledger/ }).click()
    await field(alice, 'RPC URL').fill('http://127.0.0.1:1')
    await button(alice, 'Go over to it').click()
    await alice.getByText(/^You are now on/).waitFor()
    await button(alice, 'Chats').click()
    await alice.getByText('No contacts yet').waitFor()
    await button(alice, 'Wallet').click()
    await button(alice, 'Try again').first().waitFor()
    await button(alice, 'Local ledger - tokens of no value').click()
    await button(alice, 'Choose another ledger').click()
    await alice.getByRole('radio', { name: /Local ledger/ }).click()
    await button(alice, 'Go over to it').click()
    await button(alice, 'Wallet').click()
    await alice.getByTestId('activity').getByText('Test tokens from the faucet').waitFor()
    await button(alice, 'Chats').click()
    await button(alice, /^Hut/).waitFor()
  }, 90_000)

  test('after a new start of the daemon the open window says that it needs a new link', async () => {
    expect(noise).toEqual([[], []])
    const { api = '' } = bobsDaemon.ready
    await bobsDaemon.stop()
    await bob.getByRole('alert').filter({ hasText: 'Parley is not running' }).waitFor()
    await start('daemon', [...daemonArgs('Bob'), '--api', new URL(api).host])
    await bob.getByRole('alert').filter({ hasText: "This window's link has ended" }).waitFor()
  }, 60_000)
})
