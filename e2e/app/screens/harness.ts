/// <reference lib="dom" />
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { complaints, findChromium, launch } from './browser.ts'
import { type FakeServer, startFakeServer } from './fake-server.ts'
import type { Scenario } from './fake-types.ts'

/**
 * How long a screen may take to show what a test waits for, on a machine that does much else: a screen that never shows it
 * fails the test, one that is slow does not.
 */
export const SOON = { timeout: 10_000 }

export interface Window {
  scenario?: Scenario
  /** Where the window starts, as `#/wallet`. */
  hash?: string
  locale?: string
  width?: number
  dark?: boolean
  /** Messages of the long conversation. */
  messages?: number
}

export interface Screens {
  open(window: Window): Promise<Page>
  server(): FakeServer
  /** Takes out complaints that a test caused on purpose. */
  forgive(part: string): void
}

/**
 * Describes tests of the built window in a real browser. Each test gets its own server and context, and fails on whatever
 * the page complained about.
 *
 *   describeScreens('the wallet', (screens) => {
 *     test('shows its balance', async () => {
 *       const page = await screens.open({ hash: '#/wallet' })
 */
export function describeScreens(name: string, tests: (screens: Screens) => void): void {
  const chromium = findChromium()
  if (!chromium) console.warn(`${name}: skipped, because there is no Chromium on the PATH`)
  describe.skipIf(!chromium)(name, () => {
    let browser: Browser
    let server: FakeServer | undefined
    let noise: string[] = []

    beforeAll(async () => {
      browser = await launch(chromium ?? '')
    }, 60_000)
    afterAll(() => browser?.close())
    afterEach(async () => {
      await Promise.all(browser.contexts().map((context) => context.close()))
      await server?.stop()
      expect(noise).toEqual([])
    })

    tests({
      open: async ({ scenario = 'demo', hash = '', locale = 'en-US', width = 1280, dark = false, messages = 300 }) => {
        server = await startFakeServer({ scenario, messages })
        const context = await browser.newContext({
          viewport: { width, height: 800 },
          locale,
          reducedMotion: 'reduce',
          colorScheme: dark ? 'dark' : 'light',
        })
        const page = await context.newPage()
        page.setDefaultTimeout(SOON.timeout)
        noise = complaints(page)
        await page.goto(server.url + hash)
        return page
      },
      server: () => {
        if (!server) throw new Error('no window is open')
        return server
      },
      forgive: (part) => (noise = noise.filter((text) => !text.includes(part))),
    })
  })
}

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
export const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
/** Goes to a place as the way back and a link do. */
export const goTo = (page: Page, hash: string) => page.evaluate((next) => void (location.hash = next), hash)

/** Waits until a control of that name has the focus. */
export function expectFocus(page: Page, name: string): Promise<void> {
  const focused = () =>
    page.evaluate(() => document.activeElement?.ariaLabel ?? document.activeElement?.textContent?.trim())
  return expect.poll(focused, SOON).toBe(name)
}
