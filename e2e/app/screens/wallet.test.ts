/// <reference lib="dom" />
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { people } from './demo-data.ts'
import { PASSPHRASE } from './fake-handlers.ts'
import { button, describeScreens, field, goTo, SOON } from './harness.ts'

const dialog = (page: Page) => page.getByRole('dialog')
const activity = (page: Page) => page.getByTestId('activity')

describeScreens('the wallet', (screens) => {
  test('a thousand activities are scrolled through with few rows in the page, and all can be reached', async () => {
    const page = await screens.open({ scenario: 'many', hash: '#/wallet' })
    await activity(page).getByText('Invoice 1000').waitFor()
    const rows = () => activity(page).locator('li').count()
    const main = page.getByRole('main')
    await expect
      .poll(async () => {
        await main.evaluate((node) => (node.scrollTop = node.scrollHeight))
        return activity(page).locator('li[aria-posinset="1000"]').count()
      }, SOON)
      .toBe(1)
    expect(await rows()).toBeLessThan(50)
    await main.evaluate((node) => (node.scrollTop = 0))
    await activity(page).getByText('Invoice 1000').waitFor()
    expect(await rows()).toBeLessThan(50)
  })

  test('activities are walked through with the arrow keys far beyond what was rendered', async () => {
    const page = await screens.open({ scenario: 'many', hash: '#/wallet' })
    await activity(page).locator('button').first().focus()
    for (let step = 0; step < 40; step++) await page.keyboard.press('ArrowDown')
    expect(await page.evaluate(() => document.activeElement?.closest('li')?.ariaPosInSet)).toBe('41')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('Transaction', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.closest('li')?.ariaPosInSet)).toBe('41')
  })

  test('activities are filtered by state, direction and words, and shown whole again', async () => {
    const page = await screens.open({ scenario: 'many', hash: '#/wallet' })
    await button(page, 'Filter').click()
    await page.getByLabel('State').selectOption('pending')
    await expect.poll(() => activity(page).locator('li').count(), SOON).toBe(2)
    await page.getByLabel('State').selectOption('')
    await page.getByLabel('Direction').selectOption('in')
    await page.getByLabel('Search activity').fill('Invoice 10')
    await page.getByText('3 activities shown').waitFor({ state: 'attached' })
    await page.getByLabel('Search activity').fill('no such thing')
    await page.getByText('No activity fits this filter.').waitFor()
    await button(page, 'Clear filter').click()
    await activity(page).getByText('Invoice 1000').waitFor()
  })

  test('what the filter lets through is saved as a file', async () => {
    const page = await screens.open({ scenario: 'many', hash: '#/wallet' })
    await button(page, 'Filter').click()
    await page.getByLabel('State').selectOption('pending')
    await expect.poll(() => activity(page).locator('li').count(), SOON).toBe(2)
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Export CSV').click()])
    expect(download.suggestedFilename()).toBe('parley-activity.csv')
    expect((await readFile(await download.path(), 'utf8')).split('\r\n')).toHaveLength(3)
    await page.getByText('2 activities saved as parley-activity.csv.').waitFor()
  })

  test('a payment link fills the form, and one for another network is refused in words', async () => {
    const page = await screens.open({ hash: '#/wallet' })
    await button(page, 'Send').click()
    await field(page, 'To (name, address or payment link)').fill(`iota:${people.bob}?network=mainnet&nanos=5`)
    await page.getByRole('alert').filter({ hasText: 'for another network' }).waitFor()
    await field(page, 'To (name, address or payment link)').fill(`iota:${people.bob}?nanos=4500000000&note=Lunch`)
    await dialog(page).getByText('Its note: Lunch').waitFor()
    expect(await field(page, 'Amount in IOTA').inputValue()).toBe('4.5')
    await dialog(page).getByText('Bob', { exact: true }).waitFor()
  })

  test('everything is sent to an own account, with a note, and the parts stand apart', async () => {
    const page = await screens.open({ hash: '#/wallet' })
    await button(page, 'Send').click()
    await field(page, 'To (name, address or payment link)').fill('sav')
    await page.getByRole('button', { name: /^Savings/ }).click()
    await button(page, 'Send all').click()
    await page.getByLabel(/^Note to yourself/).fill('For the roof')
    await button(page, 'Review').click()
    for (const part of ['1,234.5659096 IOTA', '0.001 IOTA', '0.0009804 IOTA', '1,234.56789 IOTA', 'For the roof'])
      await dialog(page).getByText(part, { exact: true }).waitFor()
    await button(page, 'Send 1,234.5659096 IOTA').click()
    await dialog(page).getByText('1,234.5659096 IOTA to Savings').waitFor()
    await button(page, 'Done').click()
    await activity(page)
      .getByRole('button', { name: /^To Savings .* For the roof/ })
      .waitFor()
  })

  test('an amount that cannot be sent is explained at its field, and the focus comes back without a tooltip', async () => {
    const page = await screens.open({ hash: `#/chats/${people.bob}` })
    await button(page, 'Send IOTA').click()
    const amount = field(page, 'Amount in IOTA')
    for (const [typed, words] of [
      ['-1', 'cannot be negative'],
      ['0.1234567891', 'nine decimals at most'],
      ['2000', 'more than you have: 1,234.56789'],
      ['1234.567', 'too small for this amount and its fee'],
    ] as const) {
      await amount.fill(typed)
      await page.keyboard.press('Enter')
      const described = await page.getByRole('alert').filter({ hasText: words }).getAttribute('id')
      expect(await amount.getAttribute('aria-describedby'), typed).toBe(described)
    }
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Send IOTA')
    expect(await page.getByRole('tooltip').count()).toBe(0)
  })

  test('dust is warned of, and a fee above the amount too', async () => {
    const page = await screens.open({ hash: `#/chats/${people.bob}` })
    await button(page, 'Send IOTA').click()
    await field(page, 'Amount in IOTA').fill('0.0000001')
    await dialog(page).getByText('less than sending it usually costs').waitFor()
    await page.keyboard.press('Enter')
    await dialog(page).getByText('The fee is higher than the amount.').waitFor()
  })

  test('an account is added, renamed and gone over to', async () => {
    const page = await screens.open({ hash: '#/wallet' })
    const menu = page.getByRole('button', { name: /^Accounts/ })
    await menu.click()
    await page.getByRole('menuitemradio', { name: /^Savings/ }).click()
    await page.getByText('250.00').waitFor()
    await menu.click()
    await page.getByRole('menuitem', { name: 'Add account' }).click()
    await field(page, 'Name of the account').fill('Holiday')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Accounts: Holiday' }).waitFor()
    await menu.click()
    await page.getByRole('menuitem', { name: 'Rename account' }).click()
    await field(page, 'Name of the account').fill('Sea')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Accounts: Sea' }).waitFor()
  })

  test('a note is written on a payment and found by it', async () => {
    const page = await screens.open({ hash: '#/wallet' })
    await activity(page).getByText('From Carla').click()
    await field(page, 'Note to yourself').fill('Soup and bread')
    await page.keyboard.press('Enter')
    await page.getByText('Note saved.').waitFor()
    await page.keyboard.press('Escape')
    await activity(page).getByText('Soup and bread').waitFor()
    await page.getByLabel('Search activity').fill('bread')
    await expect.poll(() => activity(page).locator('li').count(), SOON).toBe(1)
  })

  test('the code to be paid by carries amount and purpose', async () => {
    const page = await screens.open({ hash: '#/wallet' })
    await button(page, 'Receive').click()
    const path = () => dialog(page).locator('svg.qr path').getAttribute('d')
    await button(page, 'Copy Parley link').waitFor()
    const plain = await path()
    await page.getByLabel(/^Amount in IOTA/).fill('4.5')
    await page.getByLabel(/^What it is for/).fill('Lunch')
    await expect.poll(path, SOON).not.toBe(plain)
  })

  test('with the ledger away the wallet shows its last balance and from when it is', async () => {
    const page = await screens.open({ scenario: 'unreachable', hash: '#/wallet' })
    await page.getByText(/^As it was/).waitFor()
    await page.getByText('1,234.56789').waitFor()
    await activity(page).getByText('From Carla').waitFor()
    await button(page, 'Try again').click()
    await button(page, 'Send').click()
    await page.getByRole('button', { name: 'Bob' }).click()
    await field(page, 'Amount in IOTA').fill('1')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('The ledger cannot be reached right now.').waitFor()
  })

  test('a hidden wallet is nowhere on the screen, and is shown again from the settings', async () => {
    const page = await screens.open({ hash: '#/settings' })
    await page.getByRole('switch', { name: 'Hide the wallet' }).click()
    await button(page, 'Wallet').waitFor({ state: 'detached' })
    await goTo(page, '#/wallet')
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('iota')
    await page.getByText('Nothing found.').waitFor()
    await page.keyboard.press('Escape')
    await goTo(page, `#/chats/${people.paula}`)
    await page
      .getByText(/The wallet is hidden/)
      .first()
      .waitFor()
    expect(await button(page, 'Send IOTA').count()).toBe(0)
    expect(await page.getByText('IOTA').count()).toBe(0)
    await goTo(page, '#/settings')
    await page.getByRole('switch', { name: 'Hide the wallet' }).click()
    await button(page, 'Wallet').click()
    await page.getByText('1,234.56789').waitFor()
  })

  test('a lost device is revoked after the passphrase', async () => {
    const page = await screens.open({ hash: '#/settings' })
    const lost = page.getByRole('listitem').filter({ hasText: 'Lost phone' })
    await lost.getByRole('button', { name: 'Revoke' }).click()
    await page.getByLabel('Passphrase').fill(PASSPHRASE)
    await page.keyboard.press('Enter')
    await lost.getByText('Revoked').waitFor()
    expect(await lost.getByRole('button').count()).toBe(0)
  })
})
