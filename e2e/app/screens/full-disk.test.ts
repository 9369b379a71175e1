import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { people, person } from './demo-data.ts'
import { button, describeScreens, field, SOON } from './harness.ts'
import { lookComplaints } from './look.ts'

const told = (page: Page) => page.getByText('The disk is full. Free some space, then try again.')

describeScreens('a full disk', (screens) => {
  test('a message that finds no room stays where it was written, and it is said why', async () => {
    const page = await screens.open({ scenario: 'fullDisk', hash: `#/chats/${people.bob}` })
    const composer = field(page, 'Message Bob')
    await composer.fill('Is there room for this?')
    await page.keyboard.press('Enter')
    await told(page).waitFor()
    await expect.poll(() => composer.inputValue(), SOON).toBe('Is there room for this?')
    expect(await page.getByRole('log').getByText('Is there room for this?').count()).toBe(0)
    expect(await lookComplaints(page)).toEqual([])
  })

  test('a setting that finds no room is shown as it is', async () => {
    const page = await screens.open({ scenario: 'fullDisk', hash: '#/settings' })
    const setting = page.getByRole('switch', { name: 'Never reveal my network address' })
    await setting.click()
    await told(page).waitFor()
    await expect.poll(() => setting.isChecked(), SOON).toBe(false)
  })

  test('a contact that finds no room is not added, and what was typed stays', async () => {
    const page = await screens.open({ scenario: 'fullDisk', hash: '#/chats' })
    await button(page, 'Add contact').click()
    await field(page, 'Address').fill(person('Gustav'))
    await page.getByRole('dialog').getByRole('button', { name: 'Send request' }).click()
    await page
      .getByRole('dialog')
      .getByRole('alert')
      .filter({ has: told(page) })
      .waitFor()
    expect(await field(page, 'Address').inputValue()).toContain(person('Gustav'))
  })
})
