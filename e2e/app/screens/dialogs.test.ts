/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { contacts, people } from './demo-data.ts'
import { button, describeScreens, expectFocus, field } from './harness.ts'

const dialog = (page: Page) => page.getByRole('dialog')

async function pressOn(page: Page, name: string): Promise<void> {
  await expectFocus(page, name)
  await page.keyboard.press('Enter')
}

/** Opens the form of a payment of 1 IOTA to Bob. */
async function payBob(page: Page): Promise<void> {
  await button(page, 'Send IOTA').focus()
  await page.keyboard.press('Enter')
  await field(page, 'Amount in IOTA').focus()
  await page.keyboard.type('1')
}

describeScreens('dialogs by keyboard', (screens) => {
  test('Enter carries a payment from its form to its end, and back from its review to the form', async () => {
    const page = await screens.open({ hash: `#/chats/${people.bob}` })
    await payBob(page)
    await page.keyboard.press('Enter')
    await expectFocus(page, 'Send 1.00 IOTA')
    await button(page, 'Back').click()
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT')
    await page.keyboard.press('Enter')
    await pressOn(page, 'Send 1.00 IOTA')
    await pressOn(page, 'Done')
    await dialog(page).waitFor({ state: 'detached' })
    await expectFocus(page, 'Send IOTA')
  })

  test('a message field that comes late takes the focus from the list, and from nothing in the chat', async () => {
    const page = await screens.open({ hash: `#/chats/${people.emil}` })
    const emil = contacts(Date.now()).find(({ address }) => address === people.emil)
    if (!emil) throw new Error('the demo data lost a contact')
    const become = (state: 'accepted' | 'requested') =>
      screens.server().emit('contact', { contact: { ...emil, state }, removed: false })
    const composer = field(page, 'Message Emil')
    await button(page, 'Send IOTA').focus()
    become('accepted')
    await composer.waitFor()
    await expectFocus(page, 'Send IOTA')
    become('requested')
    await composer.waitFor({ state: 'detached' })
    await page.locator('button[aria-current=true]').focus()
    become('accepted')
    await expectFocus(page, 'Message Emil')
  })

  test('an Enter that is held down answers no question after the form', async () => {
    const page = await screens.open({ hash: `#/chats/${people.bob}` })
    await payBob(page)
    await page.keyboard.down('Enter')
    await expectFocus(page, 'Send 1.00 IOTA')
    for (let repeat = 0; repeat < 5; repeat++) await page.keyboard.down('Enter')
    await page.keyboard.up('Enter')
    await pressOn(page, 'Send 1.00 IOTA')
    await expectFocus(page, 'Done')
  })

  test('a payment that fails leads back by Enter', async () => {
    const page = await screens.open({ scenario: 'unreachable', hash: '#/network' })
    await button(page, 'Add credit … relay-three.example:4433').focus()
    await page.keyboard.press('Enter')
    await field(page, 'Amount in IOTA').waitFor()
    await page.keyboard.press('Enter')
    await pressOn(page, 'Deposit 0.55 IOTA')
    await pressOn(page, 'Back')
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT')
  })

  test('a request that is paid and the postage of a contact request are paid by Enter', async () => {
    const page = await screens.open({ hash: `#/chats/${people.paula}` })
    await button(page, 'Pay 4.50 IOTA').first().focus()
    await page.keyboard.press('Enter')
    await dialog(page).waitFor()
    await pressOn(page, 'Pay 4.50 IOTA')
    await pressOn(page, 'Done')
    await dialog(page).waitFor({ state: 'detached' })
    await page.goto(page.url().replace(/#.*/, `#/chats/${people.emil}`))
    await button(page, 'Pay postage …').focus()
    await page.keyboard.press('Enter')
    await dialog(page).waitFor()
    await pressOn(page, 'Pay 0.005 IOTA')
    await dialog(page).waitFor({ state: 'detached' })
  })

  test.each([
    ['en-US', 1280, 'Add credit … relay-three.example:4433', 'Close'],
    ['de-DE', 360, 'Einlage einzahlen … relay-three.example:4433', 'Schließen'],
  ])('one Escape closes a dialog and the tooltip of its button, %s, %i px', async (locale, width, opener, close) => {
    const page = await screens.open({ hash: '#/network', locale, width })
    await button(page, opener).click()
    await dialog(page).waitFor()
    await page.keyboard.press('Shift+Tab')
    await expectFocus(page, close)
    await page.getByRole('tooltip', { name: close }).waitFor({ state: 'attached' })
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
  })
})
