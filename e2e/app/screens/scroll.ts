/// <reference lib="dom" />
import type { Page } from 'playwright-core'

export interface ScrollFigures {
  /** Messages in the list while it was measured. */
  messages: number
  /** Milliseconds from the click on the chat until its list is laid out at its newest message. */
  mountMs: number
  /** Longest time between two frames while scrolling from the newest message to the oldest loaded and back. */
  longestFrameMs: number
  frames: number
  /** Most rows in the document at any time. */
  mostRows: number
}

const LIST = '[data-testid="messages"]'

/** Scrolls up until the whole history of the open chat has been loaded; returns once the first message shows. */
export async function loadWholeHistory(page: Page, firstMessage: string, deadlineMs = 60_000): Promise<void> {
  const end = Date.now() + deadlineMs
  // From its start: every tenth message holds the words of the first.
  const first = page.getByText(new RegExp(`^${firstMessage}`)).first()
  while (Date.now() < end) {
    await page.locator(LIST).evaluate((list) => (list.scrollTop = 0))
    if (await first.isVisible()) return
    await page.waitForTimeout(30)
  }
  throw new Error('the whole history did not load in time')
}

/** Milliseconds from a click on a chat until its own list is in the document, laid out, and stands at its newest message. */
export function measureMount(page: Page, chatName: string): Promise<number> {
  return page.evaluate(
    async ({ selector, name }) => {
      const rows = [...document.querySelectorAll<HTMLElement>('aside nav button')]
      const row = rows.find((button) => button.textContent?.includes(name))
      if (!row) throw new Error('no such chat')
      const before = document.querySelector(selector)
      const ready = () => {
        const list = document.querySelector(selector)
        if (!list || list === before || !list.querySelector('li')) return false
        return list.scrollHeight - list.clientHeight - list.scrollTop < 2
      }
      await new Promise(requestAnimationFrame)
      const from = performance.now()
      row.click()
      // The window renders in microtasks after the click; reading sizes in `ready` lays it out.
      for (let turn = 0; turn < 50 && !ready(); turn++) await Promise.resolve()
      while (!ready()) {
        if (performance.now() - from > 10_000) {
          const list = document.querySelector(selector)
          const rest = list ? list.scrollHeight - list.clientHeight - list.scrollTop : -1
          throw new Error(
            `the list is not at its newest message: ${rest} px and ${list?.querySelectorAll('li').length} rows`,
          )
        }
        await new Promise(requestAnimationFrame)
      }
      return performance.now() - from
    },
    { selector: LIST, name: chatName },
  )
}

/** Scrolls the open chat up and down in steps of `stepPx` per frame and times every frame. */
export function measureScroll(
  page: Page,
  stepPx = 900,
  frames = 600,
): Promise<Omit<ScrollFigures, 'messages' | 'mountMs'>> {
  return page.evaluate(
    async ({ selector, stepPx, frames }) => {
      const list = document.querySelector<HTMLElement>(selector)
      if (!list) throw new Error('no open chat')
      let longest = 0
      let most = 0
      let last = await new Promise<number>(requestAnimationFrame)
      for (let index = 0; index < frames; index++) {
        list.scrollTop += index < frames / 2 ? -stepPx : stepPx
        const now = await new Promise<number>(requestAnimationFrame)
        longest = Math.max(longest, now - last)
        most = Math.max(most, list.querySelectorAll('li').length)
        last = now
      }
      return { longestFrameMs: longest, frames, mostRows: most }
    },
    { selector: LIST, stepPx, frames },
  )
}

/**
 * The figures of a chat whose whole history is loaded, `runs` times. `otherChat` is opened in between, so that the list
 * mounts anew each time. The caller takes the best run: what else the machine does only ever makes a run slower.
 */
export async function measureChat(
  page: Page,
  chat: string,
  otherChat: string,
  firstMessage: string,
  messages: number,
  runs = 3,
): Promise<ScrollFigures[]> {
  await measureMount(page, chat)
  await loadWholeHistory(page, firstMessage)
  const figures: ScrollFigures[] = []
  for (let run = 0; run < runs; run++) {
    await measureMount(page, otherChat)
    await page.waitForTimeout(200)
    const mountMs = await measureMount(page, chat)
    await page.waitForTimeout(300)
    figures.push({ messages, mountMs, ...(await measureScroll(page, 900, 300)) })
  }
  return figures
}
