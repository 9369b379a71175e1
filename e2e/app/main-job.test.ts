/// <reference lib="dom" />
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { DaemonClient } from '../../src-main/hosts/cli/daemon-client.ts'
import type { Process } from '../../src-main/testing/processes.ts'
import { button, describeRealWindows, field, PASSPHRASE, picture } from './real-windows.ts'

describeRealWindows('the main job in two real windows', ({ folder, start, open }) => {
  let alice: Page
  let bob: Page
  const daemons: Record<string, Process> = {}
  const noise: Record<string, string[]> = {}
  const addresses: Record<string, string> = {}

  beforeAll(async () => {
    const devnet = await start('devnet', ['--port', '0', '--data', join(folder, 'ledger')])
    const rpc = devnet.ready.rpc ?? ''
    const s2: string[] = []
    for (let index = 0; index < 3; index++) {
      const peers = s2.flatMap((endpoint) => ['--peer', endpoint])
      const data = join(folder, `node-${index}`)
      const node = await start('s2', ['--ledger', rpc, '--listen', '127.0.0.1:0', '--data', data, ...peers])
      s2.push(node.ready.endpoint ?? '')
    }
    for (const name of ['alice', 'bob']) {
      const nodes = s2.flatMap((endpoint) => ['--s2', endpoint])
      daemons[name] = await start('daemon', [
        '--profile',
        join(folder, name),
        '--ledger',
        rpc,
        ...nodes,
        '--bind',
        '127.0.0.1',
      ])
    }
    ;[alice, bob] = (await Promise.all(['alice', 'bob'].map((name) => openFor(name)))) as [Page, Page]
  }, 90_000)

  async function openFor(name: string): Promise<Page> {
    const options = {
      viewport: { width: 1180, height: 760 },
      colorScheme: name === 'bob' ? 'dark' : 'light',
    } as const
    const opened = await open(daemons[name]?.ready.url ?? '', 15_000, options)
    noise[name] = opened.noise
    return opened.page
  }

  async function createIdentity(page: Page, name: string): Promise<void> {
    await button(page, 'Create a new identity').click()
    await field(page, 'Your name').fill(name)
    const choice = page.getByRole('radio', { name: /Passphrase/ })
    if (await choice.count()) await choice.check()
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE)
    await page.getByLabel('Repeat the passphrase').fill(PASSPHRASE)
    await button(page, 'Continue').click()
    await button(page, 'I have written them down').waitFor()
    const words = await page.getByRole('list', { name: 'Recovery phrase' }).getByRole('listitem').allInnerTexts()
    expect(words).toHaveLength(24)
    await picture(page, `1-phrase-${name}`)
    await button(page, 'I have written them down').click()
    for (const input of await page.getByRole('textbox').all()) {
      const label = await input.evaluate((node) => (node as HTMLInputElement).labels?.[0]?.textContent ?? '')
      const number = Number(/\d+/.exec(label)?.[0])
      await input.fill(/[a-z]+/.exec(words[number - 1] ?? '')?.[0] ?? '')
    }
    await button(page, 'Check words').click()
    await button(page, 'Start talking').click()
    await page.getByRole('heading', { name: 'No contacts yet' }).waitFor()
    expect(await page.content()).not.toContain(/[a-z]+/.exec(words[0] ?? '')?.[0] ? words.join(' ') : '')
  }

  async function addressOf(name: string): Promise<string> {
    const { api, token } = daemons[name]?.ready ?? {}
    const identity = await new DaemonClient(api ?? '', token ?? '').call('identity.get', {})
    return (identity as { address: string }).address
  }

  test('both make an identity, write down the phrase and prove it', async () => {
    await createIdentity(alice, 'Alice')
    await createIdentity(bob, 'Bob')
    addresses.alice = await addressOf('alice')
    addresses.bob = await addressOf('bob')
    await picture(alice, '2-empty')
  }, 60_000)

  test('Alice asks Bob by his address, Bob sees who asks, and accepts', async () => {
    await button(alice, 'Add contact').first().click()
    await field(alice, 'Address').fill(`${addresses.bob}`.slice(0, -1))
    await alice.getByRole('alert').filter({ hasText: '64 digits' }).waitFor()
    await field(alice, 'Address').fill(addresses.bob ?? '')
    await alice.getByText('Fingerprint', { exact: true }).waitFor()
    await field(alice, 'Name (optional)').fill('Bob')
    await picture(alice, '3-add')
    await button(alice, 'Send request').click()
    await bob.getByRole('button', { name: /Alice/ }).first().click()
    await picture(bob, '4-request')
    await button(bob, 'Accept').click()
    await field(bob, 'Message Alice').waitFor()
    await alice.getByRole('button', { name: /^Bob/ }).first().click()
    await field(alice, 'Message Bob').waitFor()
  }, 60_000)

  test('they talk both ways, see states, and a direct connection', async () => {
    await field(alice, 'Message Bob').fill('Hello Bob, did the recording come through?')
    await alice.keyboard.press('Enter')
    await bob.getByTestId('messages').getByText('Hello Bob').waitFor()
    await field(bob, 'Message Alice').fill('It did. Thank you!')
    await bob.keyboard.press('Enter')
    await alice.getByTestId('messages').getByText('It did. Thank you!').waitFor()
    await alice.getByRole('listitem').filter({ hasText: 'Hello Bob' }).filter({ hasText: 'Read' }).waitFor()
    await alice
      .getByText(/Direct connection/)
      .first()
      .waitFor()
    await picture(alice, '5-chat-light')
    await picture(bob, '5-chat-dark')
  }, 60_000)

  test('Alice gets tokens of the local ledger and pays Bob with the fee shown before', async () => {
    await button(alice, 'Wallet').click()
    await button(alice, 'Get test tokens').click()
    await alice.getByText(/50/).first().waitFor()
    await picture(alice, '6-wallet')
    await button(alice, 'Chats').click()
    await alice.getByRole('button', { name: /^Bob/ }).first().click()
    await button(alice, 'Send IOTA').click()
    await field(alice, 'Amount in IOTA').fill('4.5')
    await alice.keyboard.press('Enter')
    await alice.getByRole('dialog').getByText('Network fee, gone for good').waitFor()
    await picture(alice, '7-confirm')
    await button(alice, 'Send 4.50 IOTA').click()
    await alice.getByRole('dialog').getByText('4.50 IOTA to Bob').waitFor()
    await picture(alice, '8-sent')
    await button(alice, 'Done').click()
    await button(bob, 'Wallet').click()
    await bob.getByText('4.50').first().waitFor()
    await bob.getByText('Alice').first().waitFor()
    await picture(bob, '9-received')
  }, 60_000)

  test('Bob locks and unlocks again, and nothing strange was said on any console', async () => {
    await button(bob, 'Settings').click()
    await button(bob, 'Lock now').click()
    await bob.getByLabel('Passphrase').fill('not this one')
    await bob.keyboard.press('Enter')
    await bob.getByRole('alert').filter({ hasText: 'not right' }).waitFor()
    await bob.getByLabel('Passphrase').fill(PASSPHRASE)
    await bob.keyboard.press('Enter')
    await bob.getByRole('navigation', { name: 'Sections' }).waitFor()
    expect(noise).toEqual({ alice: [], bob: [] })
  }, 60_000)
})
