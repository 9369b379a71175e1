/// <reference lib="dom" />
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { DaemonClient } from '../../src-main/hosts/cli/daemon-client.ts'
import * as windows from './real-windows.ts'

/** How long what waited for the deposit may take until it is with Bob, on a machine that does much else. */
const ARRIVES_MS = 20_000

windows.describeRealWindows('a node that asks for money, in the window', ({ folder, start, open }) => {
  let noise: string[]
  let page: Page
  let alice: DaemonClient
  let bob: DaemonClient
  let bobsAddress = ''
  let rpc = ''

  const button = (name: string | RegExp) => page.getByRole('button', { name })
  const whoAskedBob = async () => {
    const { contacts } = (await bob.call('contacts.list', {})) as { contacts: { name: string }[] }
    return contacts.map(({ name }) => name)
  }
  const picture = async (name: string) => {
    if (!windows.pictures) return
    for (const [look, scheme, width] of [
      ['wide-light', 'light', 1180],
      ['narrow-dark', 'dark', 390],
    ] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await page.setViewportSize({ width, height: 900 })
      await windows.picture(page, `paid-${name}-${look}`)
    }
    await page.setViewportSize({ width: 1180, height: 760 })
  }
  const person = async (name: string, rpc: string, s2: string) => {
    const args = ['--profile', join(folder, name), '--ledger', rpc, '--s2', s2, '--bind', '127.0.0.1']
    const daemon = await start('daemon', args)
    const client = new DaemonClient(daemon.ready.api ?? '', daemon.ready.token ?? '')
    const { address } = (await client.call('identity.create', { name, passphrase: windows.PASSPHRASE })) as {
      address: string
    }
    return { client, address, url: daemon.ready.url ?? '' }
  }

  beforeAll(async () => {
    const devnet = await start('devnet', ['--port', '0', '--data', join(folder, 'ledger')])
    rpc = devnet.ready.rpc ?? ''
    const prices = ['--price-relay', '2000000', '--price-store', '1000000', '--free-mb', '0']
    const data = ['--data', join(folder, 'node'), '--listen', '127.0.0.1:0']
    const node = await start('s2', ['--ledger', rpc, '--register', ...data, ...prices])
    const one = await person('Alice', rpc, node.ready.endpoint ?? '')
    const two = await person('Bob', rpc, node.ready.endpoint ?? '')
    alice = one.client
    bob = two.client
    bobsAddress = two.address
    ;({ page, noise } = await open(one.url, 15_000))
  }, 90_000)

  test('the window shows what the node asks before it carries anything', async () => {
    await alice.call('contacts.add', { address: bobsAddress, name: 'Bob' })
    await button('Network').click()
    await page.getByText(/This node wants a deposit/).waitFor()
    await picture('1-asks')
    expect(await whoAskedBob()).toEqual([])
    await button('Chats').click()
    await page.getByRole('button', { name: /^Bob/ }).first().click()
    await page.getByText('A relay node wants to be paid').waitFor()
    await picture('2-chat')
    await button('Open network').click()
    await page.getByText(/This node wants a deposit/).waitFor()
  }, 60_000)

  test('a deposit is made after its cost was shown, and what waited goes on its way', async () => {
    await button('Wallet').click()
    await button('Get test tokens').click()
    await page.getByText(/50/).first().waitFor()
    await button('Network').click()
    await button(/Add credit/).click()
    await picture('3-add')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('Network fee, gone for good').waitFor()
    await picture('4-review')
    await page.getByRole('dialog').getByRole('button').last().click()
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).waitFor()
    await picture('5-done')
    await button('Done').click()
    await expect.poll(whoAskedBob, { timeout: ARRIVES_MS }).toEqual(['Alice'])
    await picture('6-paid')
    await button('Chats').click()
    await page.getByText('Waiting for Bob to accept').first().waitFor()
    expect(await page.getByText('A relay node wants to be paid').count()).toBe(0)
    expect(noise).toEqual([])
  }, 60_000)

  test('the deposit and its end stand among the activities as what they are', async () => {
    await button('Network').click()
    await button(/^End credit/).click()
    await page.getByRole('dialog').getByText('Network fee, at most').waitFor()
    await picture('7-end')
    await page.getByRole('dialog').getByRole('button', { name: 'End credit' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await button('Wallet').click()
    const activities = page.getByTestId('activity')
    await activities.getByRole('button', { name: /^Back from a relay node.*\+0\.149/ }).waitFor()
    await activities.getByRole('button', { name: /^Credit at a relay node.*−0\.15 / }).waitFor()
    expect(await activities.getByText('Something else').count()).toBe(0)
    await picture('9-activities')
  }, 60_000)

  test("a node of one's own choice is added by its address, linked, and removed", async () => {
    const own = await start('s2', ['--ledger', rpc, '--data', join(folder, 'own'), '--listen', '127.0.0.1:0'])
    const { endpoint = '' } = own.ready
    const row = page.getByRole('listitem').filter({ hasText: endpoint.replace(/#.*/, '') })
    const add = async (address: string) => {
      await page.getByRole('textbox', { name: 'Address of the node' }).fill(address)
      await page.keyboard.press('Enter')
    }
    await button('Network').click()
    await button('Add a node …').click()
    await add(endpoint.replace(/#.*/, `#${'ab'.repeat(32)}`))
    await page.getByText(/^Something else answers there/).waitFor()
    await add(endpoint)
    await row.getByText(/^Connected/).waitFor()
    await row.getByText('Added by you').waitFor()
    await picture('10-own-node')
    await row.getByRole('button', { name: /^Remove/ }).click()
    await button('Remove node').click()
    await row.waitFor({ state: 'detached' })
    expect(noise).toEqual([])
  }, 60_000)
})
