/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { network, people, person } from './demo-data.ts'
import { button, describeScreens, goTo, SOON } from './harness.ts'

const panel = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
const node = (page: Page, name: string) =>
  panel(page, 'Relay nodes')
    .getByRole('listitem')
    .filter({ hasText: `relay-${name}.example` })
const slider = (page: Page) => page.getByRole('slider', { name: 'Hour of the chart' })

/** Counts in the page's title what it sends from now on. */
function countCalls(page: Page): Promise<void> {
  return page.evaluate(() => {
    const { send } = WebSocket.prototype
    document.title = '0'
    WebSocket.prototype.send = function (data) {
      document.title = String(Number(document.title) + 1)
      send.call(this, data)
    }
  })
}
const calls = async (page: Page) => Number(await page.title())

/** Nothing is sent for longer than the screen pauses between two questions. */
async function expectQuiet(page: Page): Promise<void> {
  const before = await calls(page)
  await page.waitForTimeout(4500)
  expect(await calls(page)).toBe(before)
}

/** Questions of that method get no answer from the next connection on. */
function withhold(page: Page, method: string): Promise<void> {
  return page.routeWebSocket(/.*/, (window) => {
    const server = window.connectToServer()
    window.onMessage((message) => {
      if (!message.toString().includes(method)) server.send(message)
    })
  })
}

function hide(page: Page, hidden: boolean): Promise<void> {
  return page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, hidden)
}

describeScreens('the network screen', (screens) => {
  test('each node says how it is linked, where it is known from, what it carried and what it charges', async () => {
    const page = await screens.open({ hash: '#/network' })
    await node(page, 'two').getByText('Connected · 38 ms').waitFor()
    await node(page, 'two').getByText("In the ledger's registry of nodes").waitFor()
    await node(page, 'two').getByText('16 MB sent, 26 MB received since Parley was started').waitFor()
    await node(page, 'two')
      .getByText('0.01 IOTA per MB relayed · 0.001 IOTA per MB kept for a day · 0.002 IOTA per payment passed on')
      .waitFor()
    await node(page, 'two').getByText('0.749 IOTA').waitFor()
    await node(page, 'three').getByText('Named by another node').waitFor()
    await node(page, 'three').getByText('This node did not answer in time.').waitFor()
    await node(page, 'one').getByText('Has told no prices').waitFor()
    const meter = node(page, 'three').getByRole('meter', { name: "Today's free allowance" })
    expect(await meter.getAttribute('aria-valuetext')).toBe('9.8 of 10\u00a0MB free today used')
    expect(await button(page, 'End credit … relay-three.example:4433').count()).toBe(0)
  })

  test('paths and messages are counted in words', async () => {
    const page = await screens.open({ hash: '#/network' })
    const reached = panel(page, 'Paths').getByRole('list', { name: 'How your contacts are reached' })
    await reached.getByRole('listitem').filter({ hasText: 'Through a TURN server' }).getByText('1 (25%)').waitFor()
    await panel(page, 'Paths').getByText('412 (84%)').waitFor()
  })

  test('a ledger without a URL is said to be asked through relay nodes', async () => {
    const page = await screens.open({ hash: '#/network' })
    await panel(page, 'Ledger').getByText('http://127.0.0.1:9000').waitFor()
    const status = network(Date.now(), true)
    const ledger = { ...status.ledger, url: 's2:3f6c0a11', network: 'custom' as const }
    screens.server().setNetwork({ ...status, ledger })
    await panel(page, 'Ledger').getByText('Asked through relay nodes').waitFor()
    expect(await page.getByText('s2:').count()).toBe(0)
  })

  test('of many people some are shown, and the others when they are asked for', async () => {
    const page = await screens.open({ hash: '#/network' })
    const listed = panel(page, 'Connected people').getByRole('listitem')
    await listed.first().waitFor()
    const status = network(Date.now(), true)
    const peers = Array.from({ length: 41 }, (_, at) => ({ address: person(`Peer ${at}`), path: 'relay' as const }))
    screens.server().setNetwork({ ...status, peers })
    await button(page, 'Show more (21 people)').click()
    await button(page, 'Show more (1 person)').click()
    expect(await listed.count()).toBe(41)
    const focused = await listed.nth(40).evaluate((row) => row.contains(document.activeElement))
    expect(focused).toBe(true)
    expect(await page.getByRole('button', { name: /^Show more/ }).count()).toBe(0)
  })

  test('fees are told in all, and for each credit with what is left of it', async () => {
    const page = await screens.open({ hash: '#/network' })
    const fees = panel(page, 'Fees for relay nodes')
    await fees.getByText('Promised to nodes in all').waitFor()
    const left = fees.getByRole('list', { name: 'What is left of each credit' }).getByRole('listitem')
    expect(await left.allInnerTexts()).toEqual([
      expect.stringMatching(/^relay-two.example:4433\s+0\.749 of 1\.00 IOTA/),
    ])
  })

  test('the hours of the chart are walked through with arrow keys and pointed at, and all stand in a table', async () => {
    const page = await screens.open({ hash: '#/network' })
    await panel(page, 'Traffic').getByText('The last 24 hours').waitFor()
    const table = page.getByRole('table')
    await page.getByText('Show as a table').click()
    const cell = (hour: number, column: number) => table.locator('tbody tr').nth(hour).locator('th, td').nth(column)
    const told = () => slider(page).getAttribute('aria-valuetext')
    await slider(page).focus()
    expect(await told()).toContain(await cell(0, 0).innerText())
    await page.keyboard.press('ArrowLeft')
    await expect.poll(told, SOON).toContain(await cell(1, 0).innerText())
    for (const column of [1, 2, 3, 4]) expect(await told()).toContain(await cell(1, column).innerText())
    await page.keyboard.press('Home')
    await expect.poll(told, SOON).toContain(await cell(23, 0).innerText())
    await slider(page).hover({
      position: { x: 2 + (await slider(page).evaluate((one) => one.clientWidth / 2)), y: 20 },
    })
    await panel(page, 'Traffic')
      .getByRole('figure')
      .getByText(`${await cell(11, 0).innerText()}: `)
      .waitFor()
  })

  test('figures are asked for again while the screen is looked at, and neither elsewhere nor in a hidden window', async () => {
    const page = await screens.open({ hash: '#/network' })
    await node(page, 'two').waitFor()
    await countCalls(page)
    await expect.poll(() => calls(page), SOON).toBeGreaterThan(0)
    await hide(page, true)
    await expectQuiet(page)
    const before = await calls(page)
    await hide(page, false)
    await expect.poll(() => calls(page), SOON).toBeGreaterThan(before)
    await goTo(page, '#/settings')
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor()
    await expectQuiet(page)
  })

  test('with a hidden wallet nothing about money is shown, but that a node wants to be paid is', async () => {
    const page = await screens.open({ scenario: 'hidden', hash: '#/network' })
    await panel(page, 'Fees for relay nodes').getByText('The wallet is hidden').waitFor()
    await node(page, 'three').getByText('To pay it, show the wallet again in the settings.').waitFor()
    expect(await page.getByText('IOTA').count()).toBe(0)
    expect(await page.getByRole('button', { name: /credit/ }).count()).toBe(0)
    await button(page, 'Open settings').click()
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor()
  })

  test('the deposit of records that others own is not called refundable', async () => {
    const page = await screens.open({ hash: '#/network' })
    const ledger = panel(page, 'Connections through the ledger')
    await ledger.getByText('Storage deposit, stays with the recipient').waitFor()
    expect(await ledger.getByText('refundable').count()).toBe(0)
  })

  test('without nodes and traffic the screen says so', async () => {
    const page = await screens.open({ scenario: 'empty', hash: '#/network' })
    await page.getByText('No relay nodes', { exact: true }).waitFor()
    await page.getByText('You have no contacts yet.').waitFor()
    expect(await panel(page, 'Connected people').getByRole('listitem').count()).toBe(0)
    await page.getByText('Nothing has been sent or received yet since Parley was started.').waitFor()
    await page.getByText('No node has been paid, and none asks for it.').waitFor()
    expect(await slider(page).count()).toBe(0)
  })

  test('until figures come their places are held', async () => {
    const page = await screens.open({ hash: '#/network' })
    await node(page, 'one').getByText('Connected · 4 ms').waitFor()
    await withhold(page, 'network.usage')
    await page.reload()
    await node(page, 'one').getByText('Connected · 4 ms').waitFor()
    await panel(page, 'Traffic').getByText('Loading').waitFor({ state: 'attached' })
    await panel(page, 'Fees for relay nodes').getByText('Loading').waitFor({ state: 'attached' })
  })

  test('where figures cannot be told the nodes are still shown, and it is said why', async () => {
    const page = await screens.open({ scenario: 'usageAway', hash: '#/network' })
    await page.getByText('The figures cannot be told right now.').waitFor()
    expect(await page.getByRole('note').allInnerTexts()).toEqual([expect.not.stringMatching(/again.*again/is)])
    await node(page, 'one').getByText('Connected · 4 ms').waitFor()
    await button(page, 'Try again').click()
    await page.getByText('The figures cannot be told right now.').waitFor()
  })

  test('the setting that hides the network address changes what the screen says', async () => {
    const page = await screens.open({ hash: '#/network' })
    await page.getByText('your contact learns the network address of this device').waitFor()
    await button(page, 'Change in the settings').click()
    await page.getByRole('switch', { name: 'Never reveal my network address' }).click()
    await button(page, 'Network').click()
    await page.getByText('Your network address stays with you').waitFor()
  })

  test('a message that a node wants to be paid for says so and leads to the network screen', async () => {
    const page = await screens.open({ hash: `#/chats/${people.bob}` })
    await page.getByText('Not sent: A relay node wants to be paid before it carries more.').waitFor()
    await button(page, 'Open network').click()
    await node(page, 'three').getByText('This node wants a deposit of 0.10 IOTA before it carries more.').waitFor()
  })
})
