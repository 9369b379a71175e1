/// <reference lib="dom" />
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { Process } from '../../src-main/testing/processes.ts'
import { complaints, findChromium, launch } from './screens/browser.ts'

/** Of all who are made in these tests. */
export const PASSPHRASE = 'seven blue kettles'

/** Set to a folder, it gets pictures of each step. */
export const pictures = process.env.PARLEY_PICTURES

export interface RealWindows {
  /** A folder for profiles and data, which goes with the tests. */
  readonly folder: string
  /** Starts `parley COMMAND`; whatever was started last is stopped first. */
  start(command: string, args: string[]): Promise<Process>
  /** Opens a page, each in a context of its own; `noise` is what it complains about. `deadlineMs` is that of every wait. */
  open(url: string, deadlineMs: number, options?: BrowserContextOptions): Promise<{ page: Page; noise: string[] }>
}

/** Describes tests of real processes in real windows, skipped where there is no Chromium. */
export function describeRealWindows(name: string, tests: (windows: RealWindows) => void): void {
  const chromium = findChromium()
  if (!chromium) console.warn(`${name}: skipped, because there is no Chromium on the PATH`)
  describe.skipIf(!chromium)(name, () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-e2e-'))
    const running: Process[] = []
    let browser: Browser
    beforeAll(async () => {
      browser = await launch(chromium ?? '')
    }, 60_000)
    afterAll(async () => {
      await browser?.close()
      for (const one of running) await one.stop()
      rmSync(folder, { recursive: true, force: true })
    }, 60_000)
    tests({
      folder,
      start: async (command, args) => {
        const made = await new Process(command, args).start()
        running.unshift(made)
        return made
      },
      open: async (url, deadlineMs, options) => {
        const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options })
        const page = await context.newPage()
        page.setDefaultTimeout(deadlineMs)
        const noise = complaints(page)
        await page.goto(url)
        return { page, noise }
      },
    })
  })
}

export const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' })
export const field = (page: Page, name: string | RegExp) =>
  page.getByRole('textbox', { name, exact: typeof name === 'string' })

/** A picture for whoever wants to look; none otherwise. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!pictures) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
}
