import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { network, people } from './demo-data.ts'
import { button, describeScreens, goTo, type Screens, SOON } from './harness.ts'
import { lookComplaints } from './look.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** What a main process tells whose clock is so far ahead, negative for behind; nothing where it is right. */
function tell(screens: Screens, ahead?: number): void {
  const status = network(Date.now(), true)
  screens.server().setNetwork({ ...status, ...(ahead === undefined ? {} : { clockAheadMs: ahead }) })
}

const onScreen = (page: Page) => page.getByRole('note').filter({ hasText: /clock|Uhr/ })
const inChat = (page: Page) => page.getByRole('status').filter({ hasText: /clock|Uhr/ })

describeScreens('a clock of this computer that is wrong', (screens) => {
  test('stands on the network screen as long as it is, with how far it is off', async () => {
    const page = await screens.open({ hash: '#/network' })
    await page.getByRole('heading', { name: 'Relay nodes', exact: true }).waitFor()
    expect(await onScreen(page).count()).toBe(0)
    tell(screens, MINUTE + 10_000)
    await onScreen(page)
      .getByText(/clock is 1 minute ahead\..*set it right/)
      .waitFor()
    tell(screens, -600 * DAY)
    await onScreen(page)
      .getByText(/clock is 600 days behind\./)
      .waitFor()
    tell(screens)
    await onScreen(page).waitFor({ state: 'detached' })
  })

  test('stands in a chat that needs others to believe it, leads to the network screen, and goes when it is right', async () => {
    const page = await screens.open({ hash: `#/chats/${people.carla}` })
    await page.getByRole('textbox', { name: 'Message Carla' }).waitFor()
    tell(screens, -3 * 60 * MINUTE)
    await inChat(page)
      .getByText(/clock is 3 hours behind\..*set it right/)
      .waitFor()
    await button(page, 'Open network').click()
    await onScreen(page).waitFor()
    await page.goBack()
    await inChat(page).waitFor()
    tell(screens)
    await inChat(page).waitFor({ state: 'detached' })
  })

  test('is not spoken of where a direct connection stands', async () => {
    const page = await screens.open({ hash: `#/chats/${people.bob}` })
    tell(screens, 10 * MINUTE)
    await button(page, 'Network').click()
    await onScreen(page).waitFor()
    await page.goBack()
    await page.getByRole('textbox', { name: 'Message Bob' }).waitFor()
    expect(await inChat(page).count()).toBe(0)
  })

  test('is marked at the network section wherever the user is, as are nodes that ask, and no longer than that', async () => {
    const page = await screens.open({ hash: '#/settings' })
    const marked = () => button(page, 'Network').getAttribute('aria-description')
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor()
    expect(await marked()).toBe(null)
    tell(screens, 10 * MINUTE)
    await expect.poll(marked, SOON).toBe('Something waits for you there')
    expect(await lookComplaints(page)).toEqual([])
    tell(screens)
    await expect.poll(marked, SOON).toBe(null)
    screens.server().setNetwork({ ...network(Date.now(), true), nodesAsk: true })
    await expect.poll(marked, SOON).toBe('Something waits for you there')
  })

  test('is told in German, narrow and dark, and can be read', async () => {
    const page = await screens.open({ hash: '#/network', locale: 'de-DE', width: 360, dark: true })
    await page.getByRole('heading', { name: 'Relay-Knoten', exact: true }).waitFor()
    tell(screens, 10 * MINUTE)
    await onScreen(page)
      .getByText(/geht 10 Minuten vor\./)
      .waitFor()
    expect(await lookComplaints(page)).toEqual([])
    await goTo(page, `#/chats/${people.carla}`)
    await inChat(page).waitFor()
    expect(await lookComplaints(page)).toEqual([])
  })
})
