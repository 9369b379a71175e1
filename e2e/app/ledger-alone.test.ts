/// <reference lib="dom" />
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DaemonClient } from '../../src-main/hosts/cli/daemon-client.ts'
import { Process } from '../../src-main/testing/processes.ts'
import { complaints, findChromium, launch } from './screens/browser.ts'
import { lookComplaints } from './screens/look.ts'

const chromium = findChromium()
if (!chromium) console.warn('the ledger alone in the window: skipped, because there is no Chromium on the PATH')

describe.skipIf(!chromium)('two real windows with the ledger alone, no relay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-e2e-'))
  const running: Process[] = []
  const noise: string[][] = []
  const clients: DaemonClient[] = []
  let browser: Browser
  let alice: Page
  let bob: Page
  let rpc = ''

  const start = async (command: string, args: string[]) => {
    const made = await new Process(command, args).start()
    running.unshift(made)
    return made
  }
  const button = (page: Page, name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' })
  const field = (page: Page, name: string | RegExp) =>
    page.getByRole('textbox', { name, exact: typeof name === 'string' })
  const daemonArgs = (name: string) => ['--profile', join(folder, name), '--ledger', rpc, '--bind', '127.0.0.1']

  async function open(name: string): Promise<Page> {
    const { api = '', token = '', url = '' } = (await start('daemon', daemonArgs(name))).ready
    const client = new DaemonClient(api, token)
    clients.push(client)
    await client.call('identity.create', { name, passphrase: 'seven blue kettles' })
    await client.call('wallet.faucet', {})
    const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce' })
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    noise.push(complaints(page))
    await page.goto(url)
    await page.getByRole('navigation', { name: 'Sections' }).waitFor()
    return page
  }

  beforeAll(async () => {
    rpc = (await start('devnet', ['--port', '0', '--data', join(folder, 'ledger')])).ready.rpc ?? ''
    browser = await launch(chromium ?? '')
    alice = await open('Alice')
    bob = await open('Bob')
  }, 90_000)

  afterAll(async () => {
    await browser?.close()
    for (const one of running) await one.stop()
    rmSync(folder, { recursive: true, force: true })
  }, 60_000)

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
    const daemon = running[0]
    const { api = '' } = daemon?.ready ?? {}
    await daemon?.stop()
    await bob.getByRole('alert').filter({ hasText: 'Parley is not running' }).waitFor()
    await start('daemon', [...daemonArgs('Bob'), '--api', new URL(api).host])
    await bob.getByRole('alert').filter({ hasText: "This window's link has ended" }).waitFor()
  }, 60_000)
})
