/// <reference lib="dom" />
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { people, person } from './demo-data.ts'
import type { Scenario } from './fake-types.ts'
import { button, describeScreens, field, goTo } from './harness.ts'
import {
  addByLedger,
  addNode,
  credit,
  openActivity,
  openRecord,
  payOne,
  receiveFor,
  reviewAll,
  revoke,
  scrollTo,
  traffic,
  type Step,
} from './look-steps.ts'
import { lookComplaints } from './look.ts'

interface Look {
  name: string
  hash: string
  /** Opens what is looked at. */
  step?: Step
  until: Step
}

const text = (words: string | RegExp) => (page: Page) => page.getByText(words).first().waitFor()
const press = (name: string) => (page: Page) => button(page, name).click()
const room = (name: string) => `#/chats/${person(name)}`

/** Every screen about money, rooms and ledgers; each is looked at wide in the light and narrow in the dark. */
const looks: Partial<Record<Scenario, Look[]>> = {
  demo: [
    { name: 'wallet', hash: '#/wallet', until: text('Test tokens from the faucet') },
    { name: 'accounts', hash: '#/wallet', step: pressLike(/^Accounts/), until: text('Add account') },
    { name: 'send', hash: '#/wallet', step: press('Send'), until: text('Maximiliane') },
    { name: 'send all', hash: `#/chats/${people.long}`, step: reviewAll, until: text('Check before you send') },
    { name: 'send to Bob', hash: `#/chats/${people.bob}`, step: press('Send IOTA'), until: text(/^Choose somebody/) },
    { name: 'receive', hash: '#/wallet', step: press('Receive'), until: text('Copy Parley link') },
    { name: 'receive, long note', hash: '#/wallet', step: receiveFor('ü'.repeat(200)), until: text(/not in the code/) },
    { name: 'failed payment', hash: '#/wallet', step: openActivity('Failed'), until: text('Nothing was moved') },
    { name: 'payment to oneself', hash: '#/wallet', step: openActivity('To yourself'), until: text('you get back') },
    { name: 'record of another', hash: '#/wallet', step: openRecord('Record from Dora'), until: text('4211') },
    { name: 'own record', hash: '#/wallet', step: openRecord('through the ledger'), until: text(/stays with/) },
    { name: 'links', hash: `#/chats/${people.bob}`, until: text(/^parley:room/) },
    { name: 'payment cards', hash: `#/chats/${people.paula}`, until: text('Not paid yet') },
    { name: 'paid card', hash: `#/chats/${people.paula}`, step: press('Payment details'), until: text('4211') },
    { name: 'paying', hash: `#/chats/${people.paula}`, step: press('Pay 4.50 IOTA'), until: text('4.5019804') },
    { name: 'contact menu', hash: `#/chats/${people.bob}`, step: press('More about Bob'), until: text('Rename') },
    { name: 'asking', hash: `#/chats/${people.long}`, step: press('Ask for IOTA'), until: text('What it is for') },
    { name: 'settings', hash: '#/settings', until: text('Lost phone') },
    { name: 'network', hash: '#/network', until: text('Promised to nodes in all') },
    { name: 'traffic', hash: '#/network', step: traffic, until: text('Up to') },
    { name: 'paths', hash: '#/network', step: scrollTo('Paths'), until: text('Through a TURN server') },
    {
      name: 'credit',
      hash: '#/network',
      step: press('Add credit … relay-three.example:4433'),
      until: text(/Enough for about/),
    },
    { name: 'credit, too much', hash: '#/network', step: credit('9999'), until: text(/too small for this amount/) },
    { name: 'credit, review', hash: '#/network', step: credit('0.5'), until: text('Leaves your balance') },
    {
      name: 'ending a credit',
      hash: '#/network',
      step: press('End credit … relay-two.example:4433'),
      until: text('0.746 IOTA'),
    },
    {
      name: 'removing a node',
      hash: '#/network',
      step: press('Remove relay-two.example:4433 …'),
      until: text(/^0.749 IOTA of your credit lie/),
    },
    { name: 'a node asks', hash: `#/chats/${people.bob}`, until: text(/wants to be paid before/) },
    { name: 'ledgers', hash: '#/network', step: press('Choose another ledger'), until: text('Main network') },
    { name: 'room', hash: room('Hut room'), until: text('The key is under the third stone.') },
    { name: 'members', hash: room('Hut room'), step: press('Members'), until: text('Copy link') },
    { name: 'room, joining', hash: room('Joining room'), until: text('Nothing has been written yet') },
    { name: 'not accepted yet', hash: `#/chats/${people.dora}`, until: text('You can write as soon as') },
    { name: 'revoking', hash: '#/settings', step: revoke, until: text('Passphrase') },
    { name: 'contact that is gone', hash: room('Nobody'), until: text('Not one of your contacts any more') },
  ],
  new: [
    { name: 'welcome', hash: '', until: text('Restore from recovery phrase') },
    { name: 'new identity', hash: '', step: press('Create a new identity'), until: text('Your name') },
  ],
  locked: [{ name: 'locked', hash: '', until: text('Passphrase') }],
  unconfirmed: [{ name: 'unconfirmed', hash: '#/chats', until: text('is not confirmed yet') }],
  empty: [
    { name: 'wallet, empty', hash: '#/wallet', until: text('Nothing has moved yet') },
    { name: 'network, empty', hash: '#/network', until: text('No node has been paid, and none asks for it.') },
    { name: 'adding a node', hash: '#/network', step: addNode, until: text(/^This is no address of a node/) },
  ],
  usageAway: [{ name: 'network, no figures', hash: '#/network', until: text(/figures cannot be told right now/) }],
  uncounted: [{ name: 'network, uncounted', hash: '#/network', until: text(/does not count what relay nodes do/) }],
  many: [
    { name: 'large balance', hash: '#/wallet', until: text('9,223,372,036.854775808') },
    { name: 'a node that is gone', hash: '#/network', step: scrollTo('Paths'), until: text(/^Your credit lies there/) },
    { name: 'filter', hash: '#/wallet', step: press('Filter'), until: text('From day') },
    { name: 'freed deposits', hash: `#/chats/${people.long}`, step: reviewAll, until: text(/^Freed storage/) },
  ],
  unreachable: [{ name: 'ledger away', hash: '#/wallet', until: text(/cannot be reached; last seen/) }],
  testnet: [
    { name: 'pending payment', hash: '#/wallet', step: openActivity('Pending'), until: text('Show in explorer') },
    { name: 'on its way', hash: `#/chats/${people.bob}`, step: payOne, until: text('On its way') },
    { name: 'room, paused', hash: room('Paused room'), until: text('Agree and go on') },
    { name: 'joining a room', hash: '#/chats', step: press('Rooms'), until: text('4 records of') },
  ],
  elsewhere: [
    { name: 'network, large numbers', hash: '#/network', until: text('Of another device') },
    { name: 'large numbers, fees', hash: '#/network', step: scrollTo('Fees for relay nodes'), until: text('Left') },
    { name: 'large numbers, traffic', hash: '#/network', step: traffic, until: text('Up to') },
    {
      name: 'ending the credit of another device',
      hash: '#/network',
      step: pressLike(/^End credit/),
      until: text('Comes back to you, at most'),
    },
  ],
  hidden: [
    { name: 'hidden wallet', hash: `#/chats/${people.paula}`, until: text(/The wallet is hidden/) },
    { name: 'network, hidden wallet', hash: '#/network', until: text(/nothing about money is shown/) },
  ],
  wayOff: [
    { name: 'no way', hash: `#/chats/${people.long}`, until: text(/are switched off\. Nothing can be sent/) },
    {
      name: 'reach',
      hash: `#/chats/${people.long}`,
      step: press('Connect through the ledger'),
      until: text('4 records of'),
    },
  ],
  ledger: [
    { name: 'contact by ledger', hash: '#/chats', step: addByLedger, until: text('4 records of') },
    { name: 'request by ledger', hash: `#/chats/${people.stranger}`, until: text('4 records of') },
  ],
}

function pressLike(name: RegExp): Step {
  return (page) => page.getByRole('button', { name }).click()
}

/** Three dozen screens in three sizes each take 20 s on a machine that does nothing else. */
const ALL_LOOKS_MS = 180_000

/** Set to a folder, it gets a picture of every screen, wide in the light and narrow in the dark. */
const pictures = process.env.PARLEY_PICTURES

async function picture(page: Page, name: string): Promise<void> {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) })
}

/** A menu follows its button one frame after the window changed. */
function settled(page: Page): Promise<unknown> {
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
  return page.evaluate(frame).then(() => page.evaluate(frame))
}

async function look(page: Page, { name, hash, step, until }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 800 })
  await goTo(page, hash)
  if (step) await step(page)
  await until(page)
  expect(await lookComplaints(page), `${name}, wide, light`).toEqual([])
  await picture(page, `${name}, wide`)
  await page.setViewportSize({ width: 900, height: 700 })
  await settled(page)
  expect(await lookComplaints(page), `${name}, small`).toEqual([])
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 360, height: 740 })
  await settled(page)
  expect(await lookComplaints(page), `${name}, narrow, dark`).toEqual([])
  await picture(page, `${name}, narrow`)
  if (!step) return
  await page.keyboard.press('Escape')
  await page.locator('[role=dialog], [role=menu]').waitFor({ state: 'detached' })
}

describeScreens('every screen fits, can be read and says what it is', (screens) => {
  test.each(Object.entries(looks))('with %s', { timeout: ALL_LOOKS_MS }, async (scenario, all) => {
    const page = await screens.open({ scenario: scenario as Scenario })
    for (const one of all) await look(page, one)
  })

  // 320 px: what a window of 1280 px is at 400 % (WCAG 2.2, 1.4.10).
  test.each([360, 320])('the network screen with its dialogs in German, dark and %i wide', async (width) => {
    const page = await screens.open({ hash: '#/network', locale: 'de-DE', width, dark: true })
    await page.getByText('Als Tabelle zeigen').click()
    await page.getByText('Knoten insgesamt zugesagt').waitFor()
    expect(await lookComplaints(page)).toEqual([])
    await page.getByRole('slider').scrollIntoViewIfNeeded()
    await picture(page, `network, German, ${width}`)
    await button(page, 'Knoten hinzufügen …').click()
    await field(page, 'Adresse des Knotens').fill('relay.example')
    await button(page, 'Knoten hinzufügen').click()
    await page.getByText(/^Das ist keine Adresse eines Knotens/).waitFor()
    expect(await lookComplaints(page)).toEqual([])
    await picture(page, `adding a node, German, ${width}`)
    await page.keyboard.press('Escape')
    await button(page, 'Einlage einzahlen … relay-three.example:4433').click()
    expect(await lookComplaints(page)).toEqual([])
    await button(page, 'Prüfen').click()
    await page.getByText('0,55 IOTA hinterlegen').waitFor()
    expect(await lookComplaints(page)).toEqual([])
    await picture(page, `credit, German, ${width}`)
    await page.keyboard.press('Escape')
    await button(page, 'Einlage beenden … relay-two.example:4433').click()
    await page.getByText('Bleibt dir, mindestens').waitFor()
    expect(await lookComplaints(page)).toEqual([])
    await picture(page, `ending a credit, German, ${width}`)
  })

  test('long names and large sums fit at 320 wide', async () => {
    const page = await screens.open({ hash: '#/network', scenario: 'elsewhere', width: 320 })
    await page.getByText('Of another device').waitFor()
    expect(await lookComplaints(page)).toEqual([])
    await pressLike(/^End credit/)(page)
    await page.getByText('Comes back to you, at most').waitFor()
    expect(await lookComplaints(page)).toEqual([])
  })

  test('a contact request that costs says so before it is paid, in German, narrow and dark as well', async () => {
    const hash = `#/chats/${people.emil}`
    const english = await screens.open({})
    await look(english, { name: 'postage', hash, until: text(/for postage only/) })
    const cost = { step: press('Pay postage …'), until: text('Leaves your balance') }
    await look(english, { name: 'postage, cost', hash, ...cost })
    const page = await screens.open({ hash: `#/chats/${people.emil}`, locale: 'de-DE', width: 360, dark: true })
    await page.getByText(/Bezahlt ist noch nichts/).waitFor()
    expect(await lookComplaints(page)).toEqual([])
    await picture(page, 'postage, German, narrow')
    await button(page, 'Porto bezahlen …').click()
    await page.getByText('Mehr als dieses Porto').waitFor()
    await page.getByText('0,01187 IOTA').waitFor()
    expect(await lookComplaints(page)).toEqual([])
    await picture(page, 'postage cost, German, narrow')
    await button(page, '0,005 IOTA bezahlen').click()
    await page.locator('strong', { hasText: 'Wartet auf Annahme durch Emil' }).waitFor()
  })

  test('what cannot be read or does not fit is found', async () => {
    const page = await screens.open({ hash: '#/wallet' })
    await page.getByText('Test tokens from the faucet').waitFor()
    await page.evaluate(() => {
      const title = document.querySelector('h1')
      if (title) title.style.color = getComputedStyle(document.querySelector('main') ?? title).backgroundColor
      const card = document.querySelector<HTMLElement>('section')
      if (card) card.style.width = '3000px'
    })
    const found = await lookComplaints(page)
    expect(found.some((one) => one.startsWith('contrast 1.00'))).toBe(true)
    expect(found.some((one) => one.startsWith('beyond the edge'))).toBe(true)
  })
})
