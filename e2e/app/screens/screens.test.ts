/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { message, people } from './demo-data.ts'
import { PASSPHRASE, PHRASE } from './fake-handlers.ts'
import type { Scenario } from './fake-types.ts'
import { button, describeScreens, field, goTo } from './harness.ts'
import { loadWholeHistory } from './scroll.ts'

describeScreens('the screens', (screens) => {
  const open = (scenario: Scenario, hash = '', locale = 'en-US', width = 1280) =>
    screens.open({ scenario, hash, locale, width })

  async function fillAskedWords(page: Page): Promise<void> {
    for (const input of await page.getByRole('textbox', { name: /^Word/ }).all()) {
      const number = Number(
        /\d+/.exec(await input.evaluate((node) => (node as HTMLInputElement).labels?.[0]?.textContent ?? ''))?.[0],
      )
      await input.fill(PHRASE[number - 1] ?? '')
    }
  }

  test('a new identity is created, its phrase shown, confirmed and gone from the page', async () => {
    const page = await open('new')
    await button(page, 'Create a new identity').click()
    await field(page, 'Your name').fill('Alice')
    await page.getByRole('radio', { name: /Passphrase/ }).check()
    await page.getByLabel('Passphrase', { exact: true }).fill('seven blue kettles')
    await page.getByLabel('Repeat the passphrase').fill('seven blue kettles')
    await button(page, 'Continue').click()
    await page.getByRole('list', { name: 'Recovery phrase' }).waitFor()
    await button(page, 'I have written them down').click()
    for (const input of await page.getByRole('textbox').all()) await input.fill('wrong')
    await button(page, 'Check words').click()
    await page.getByRole('alert').filter({ hasText: 'do not match' }).waitFor()
    await fillAskedWords(page)
    await button(page, 'Check words').click()
    await page.getByRole('heading', { name: 'You are ready' }).waitFor()
    expect(await page.content()).not.toContain('abandon')
    await button(page, 'Start talking').click()
    await page.getByRole('heading', { name: 'No contacts yet' }).waitFor()
  })

  test('a phrase that was never confirmed is asked for until it is', async () => {
    const page = await open('unconfirmed')
    await button(page, 'Confirm it now').click()
    await page.getByLabel('Passphrase').fill(PASSPHRASE)
    await page.keyboard.press('Enter')
    await page.getByRole('list', { name: 'Recovery phrase' }).waitFor()
    await button(page, 'I have written them down').click()
    await fillAskedWords(page)
    await button(page, 'Check words').click()
    await page.getByText('is not confirmed yet').waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain('abandon')
  })

  test('a pasted phrase fills all fields of a restore and a wrong word is told', async () => {
    const page = await open('new')
    await button(page, 'Restore from recovery phrase').click()
    await field(page, 'Word 1').fill('abandom')
    await page.getByText('Not a word of the list').waitFor()
    await field(page, 'Word 1').evaluate((node, text) => {
      const data = new DataTransfer()
      data.setData('text', text)
      node.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    }, PHRASE.join(' '))
    expect(await field(page, 'Word 24').inputValue()).toBe('art')
    await field(page, 'Your name').fill('Alice')
    await button(page, 'Restore').click()
    await page.getByRole('navigation', { name: 'Sections' }).waitFor()
  })

  test('a wrong passphrase is told in words and the right one unlocks', async () => {
    const page = await open('locked')
    await page.getByLabel('Passphrase').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'not right' }).waitFor()
    await page.getByLabel('Passphrase').fill(PASSPHRASE)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Chats', level: 1 }).waitFor()
  })

  test('a message is written with the keyboard, arrives, and a reply is announced', async () => {
    const page = await open('demo', `#/chats/${people.bob}`)
    const composer = field(page, 'Message Bob')
    await composer.fill('First line')
    await composer.press('Shift+Enter')
    await composer.pressSequentially('second line')
    await composer.press('Enter')
    await page.getByTestId('messages').getByText('First line\nsecond line').waitFor()
    await page.getByRole('listitem').filter({ hasText: 'second line' }).filter({ hasText: 'Delivered' }).waitFor()
    expect(await composer.inputValue()).toBe('')
    screens.server().emit('message', message(people.bob, 3_000_000, false, 'Here it is', Date.now(), 'delivered'))
    await page.getByRole('log').filter({ hasText: 'Bob: Here it is' }).waitFor({ state: 'attached' })
    expect(await page.getByText('Direct connection · 12 ms').count()).toBe(1)
  })

  test('a draft stays with its chat', async () => {
    const page = await open('demo', `#/chats/${people.bob}`)
    await field(page, 'Message Bob').fill('half a thought')
    await page.getByRole('button', { name: /^Carla/ }).click()
    expect(await field(page, 'Message Carla').inputValue()).toBe('')
    await page.getByRole('button', { name: /^Bob/ }).click()
    expect(await field(page, 'Message Bob').inputValue()).toBe('half a thought')
  })

  test('a contact is added by address, and a typing mistake is told', async () => {
    const page = await open('demo')
    await button(page, 'Add contact').click()
    await field(page, 'Address').fill('0x12')
    await page.getByRole('alert').filter({ hasText: '64 digits' }).waitFor()
    await field(page, 'Address').fill(`parley:0x${'7'.repeat(64)}`)
    await page.getByText('Fingerprint', { exact: true }).waitFor()
    await field(page, 'Name (optional)').fill('Greta')
    await button(page, 'Send request').click()
    await page
      .getByRole('region', { name: 'Messages with Greta' })
      .or(page.getByText('You can write as soon as Greta'))
      .first()
      .waitFor()
  })

  test('a stranger is accepted and can be written to', async () => {
    const page = await open('demo', `#/chats/${people.stranger}`)
    await page.getByText('we met at the mountain hut').waitFor()
    await button(page, 'Accept').click()
    await field(page, 'Message Nils').waitFor()
  })

  test('a payment shows every part of its fee before it is sent', async () => {
    const page = await open('demo', `#/chats/${people.bob}`)
    await button(page, 'Send IOTA').click()
    const dialog = page.getByRole('dialog')
    await field(page, 'Amount in IOTA').fill('1,000')
    await dialog.getByText('could mean thousands').waitFor()
    await field(page, 'Amount in IOTA').fill('4.5')
    await page.keyboard.press('Enter')
    await dialog.getByText('4.5019804 IOTA').waitFor()
    await dialog.getByText('Network fee, gone for good').waitFor()
    await button(page, 'Send 4.50 IOTA').click()
    await dialog.getByText('4.50 IOTA to Bob').waitFor()
    await button(page, 'Done').click()
    await button(page, 'Wallet').click()
    await page.getByText('1,230.0659096').waitFor()
  })

  test('the palette jumps to a person with the keyboard alone and Esc closes it', async () => {
    const page = await open('demo')
    await page.getByRole('heading', { name: 'Chats', level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('carl')
    await page.getByRole('option', { name: 'Carla', selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await field(page, 'Message Carla').waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('arrows move through the list of chats', async () => {
    const page = await open('demo')
    await page.getByRole('button', { name: /^Bob/ }).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await field(page, 'Message Carla').waitFor()
  })

  test('a lost connection is told in words and comes back by itself', async () => {
    const page = await open('demo')
    await page.getByRole('heading', { name: 'Chats', level: 1 }).waitFor()
    screens.server().interrupt()
    await page.getByRole('alert').filter({ hasText: 'Parley is not running' }).waitFor()
    screens.server().resume()
    await page.getByText('Parley is not running').waitFor({ state: 'detached' })
    screens.forgive('WebSocket connection')
  })

  test('a narrow window shows one column with a way back, without scrolling sideways', async () => {
    const page = await open('demo', `#/chats/${people.bob}`, 'de-DE', 360)
    await field(page, 'Nachricht an Bob').waitFor()
    for (const hash of [`#/chats/${people.bob}`, '#/wallet', '#/network', '#/settings']) {
      await goTo(page, hash)
      await page.waitForTimeout(150)
      expect(
        await page.evaluate(() =>
          [...document.querySelectorAll('main *')].some((node) => node.getBoundingClientRect().right > innerWidth + 1),
        ),
        hash,
      ).toBe(false)
    }
    await goTo(page, `#/chats/${people.bob}`)
    await button(page, 'Zurück zu den Chats').click()
    await page.getByRole('heading', { name: 'Chats', level: 1 }).waitFor()
  })

  test('the ledger being away is told with the time it was last seen', async () => {
    const page = await open('unreachable', '#/wallet')
    await page.getByText(/cannot be reached; last seen/).waitFor()
  })

  // How long it takes is measured by `npm run bench -- start`, never judged by a test.
  test('10,000 messages are opened at their end and scrolled through with few rows in the page', async () => {
    const page = await screens.open({ messages: 10_000 })
    await page.getByRole('button', { name: /^Carla/ }).click()
    const list = page.getByTestId('messages')
    const rows = () => list.locator('li').count()
    await list.getByText('9999: ').waitFor()
    expect(await rows()).toBeLessThan(80)
    await loadWholeHistory(page, '0: the')
    expect(await rows()).toBeLessThan(80)
    await button(page, 'Jump to newest message').click()
    await list.getByText('9999: ').waitFor()
    expect(await rows()).toBeLessThan(80)
  }, 120_000)
})
