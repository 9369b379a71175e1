/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { button, field } from './harness.ts'

/** What opens something that is looked at. */
export type Step = (page: Page) => Promise<unknown>

export function openRecord(title: string): Step {
  return async (page) => {
    const kinds = page.getByLabel('Show', { exact: true })
    if (!(await kinds.isVisible())) await button(page, 'Filter').click()
    await kinds.selectOption('records')
    await openActivity(title)(page)
  }
}

export function receiveFor(note: string): Step {
  return async (page) => {
    await button(page, 'Receive').click()
    await page.getByLabel(/^Amount in IOTA/).fill('4.5')
    await page.getByLabel(/^What it is for/).fill(note)
  }
}

export function scrollTo(title: string): Step {
  return (page) => page.getByRole('heading', { name: title, exact: true }).scrollIntoViewIfNeeded()
}

export async function traffic(page: Page): Promise<void> {
  await page.getByText('Show as a table').click()
  await page.getByRole('slider', { name: 'Hour of the chart' }).focus()
  await page.keyboard.press('ArrowLeft')
}

export async function addNode(page: Page): Promise<void> {
  await button(page, 'Add a node …').click()
  await field(page, 'Address of the node').fill('relay.example')
  await button(page, 'Add node').click()
}

export function credit(amount: string): Step {
  return async (page) => {
    await button(page, 'Add credit … relay-three.example:4433').click()
    await field(page, 'Amount in IOTA').fill(amount)
    await button(page, 'Review').click()
  }
}

export async function payOne(page: Page): Promise<void> {
  await button(page, 'Send IOTA').click()
  await field(page, 'Amount in IOTA').fill('1')
  await button(page, 'Review').click()
  await button(page, 'Send 1.00 IOTA').click()
}

export function revoke(page: Page): Promise<void> {
  return page.getByRole('listitem').filter({ hasText: 'Lost phone' }).getByRole('button').click()
}

export async function reviewAll(page: Page): Promise<void> {
  await button(page, 'Send IOTA').click()
  await button(page, 'Send all').click()
  await button(page, 'Review').click()
}

export function openActivity(state: string): Step {
  return (page) => page.getByTestId('activity').getByText(state).first().click()
}

export async function addByLedger(page: Page): Promise<void> {
  await button(page, 'Add contact').click()
  await field(page, 'Address').fill(`0x${'7'.repeat(64)}`)
}
