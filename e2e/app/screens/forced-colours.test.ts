/// <reference lib="dom" />
import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { button, describeScreens, expectFocus } from './harness.ts'

const CANVAS = 'rgb(255, 255, 255)'
const style = (one: Locator, name: 'backgroundColor' | 'outlineStyle' | 'outlineColor') =>
  one.evaluate((node, key) => getComputedStyle(node)[key], name)

describeScreens('where the system chooses all colours', (screens) => {
  test('bars, dots and the focus are still seen', async () => {
    const page = await screens.open({ hash: '#/settings' })
    await page.emulateMedia({ forcedColors: 'active' })
    await button(page, 'Network').click()
    const meter = page.getByRole('meter').first()
    await meter.waitFor()
    const coloured = {
      allowance: meter.locator('i'),
      paths: page.getByRole('list', { name: 'How your contacts are reached' }).locator('i').first(),
      'state of a node': page.getByRole('list', { name: 'Relay nodes' }).locator('.state i').first(),
      legend: page.getByRole('region', { name: 'Traffic' }).locator('dt i').first(),
    }
    for (const [name, one] of Object.entries(coloured))
      expect([CANVAS, 'rgba(0, 0, 0, 0)'], name).not.toContain(await style(one, 'backgroundColor'))
    await button(page, 'Network').focus()
    await page.keyboard.press('Tab')
    await expectFocus(page, 'Local ledger - tokens of no value')
    const focused = page.locator(':focus')
    expect(await style(focused, 'outlineStyle')).toBe('solid')
    expect([CANVAS, 'rgba(0, 0, 0, 0)']).not.toContain(await style(focused, 'outlineColor'))
  })
})
