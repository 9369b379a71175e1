/// <reference lib="dom" />
import { expect, test } from 'vitest'
import { message, people, person } from './demo-data.ts'
import { requestCard } from './demo-rooms.ts'
import { button, describeScreens, field, goTo, SOON } from './harness.ts'

const paula = `#/chats/${people.paula}`

describeScreens('requests, rooms and ledgers', (screens) => {
  test('a request is paid from its card after the fee was shown', async () => {
    const page = await screens.open({ hash: paula })
    await button(page, 'Pay 4.50 IOTA').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('4.5019804 IOTA').waitFor()
    await dialog.getByRole('button', { name: 'Pay 4.50 IOTA' }).click()
    await dialog.getByText('4.50 IOTA to Paula').waitFor()
    await button(page, 'Done').click()
    await expect.poll(() => page.getByText('You paid this').count(), SOON).toBe(2)
    expect(await button(page, 'Decline').count()).toBe(0)
  })

  test('a paid card leads to its payment by the keyboard alone, from whichever account it was paid', async () => {
    const page = await screens.open({ hash: '#/wallet' })
    await page.getByRole('button', { name: /^Accounts/ }).click()
    await page.getByRole('menuitemradio', { name: /^Savings/ }).click()
    await page.getByText('250.00').waitFor()
    await goTo(page, paula)
    await button(page, 'Payment details').focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'To Paula' })
    await dialog.getByText('−4.50 IOTA').waitFor()
    await dialog.getByText('Storage deposit, stays with the recipient').waitFor()
    expect(await field(page, 'Note to yourself').inputValue()).toBe('Lunch on Friday')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Payment details')
  })

  test('a request is declined, an own one made and taken back', async () => {
    const page = await screens.open({ hash: paula })
    await button(page, 'Decline').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Decline' }).click()
    await button(page, 'Decline').waitFor({ state: 'detached' })
    await button(page, 'Take back').click()
    await button(page, 'Take back').waitFor({ state: 'detached' })
    await button(page, 'Ask for IOTA').click()
    await field(page, 'Amount in IOTA').fill('7')
    await page.getByLabel(/^What it is for/).fill('Bread')
    await page.keyboard.press('Enter')
    await page.getByRole('article', { name: 'You ask for 7.00 IOTA' }).getByText('Bread').waitFor()
    await page
      .getByRole('button', { name: /^Paula/ })
      .getByText('You ask for 7.00 IOTA')
      .waitFor()
  })

  test('a request that comes in is spoken, and its card follows what the other does', async () => {
    const page = await screens.open({ hash: `#/chats/${people.bob}` })
    await field(page, 'Message Bob').waitFor()
    const asked = { nanos: 2_000_000_000n, state: 'open' } as const
    const card = requestCard(people.bob, 6_000_000, false, asked, Date.now())
    screens.server().emit('message', card)
    await page.getByRole('log').filter({ hasText: 'Bob: Asks for 2.00 IOTA' }).waitFor({ state: 'attached' })
    await button(page, 'Pay 2.00 IOTA').waitFor()
    const cancelled = requestCard(people.bob, 6_000_000, false, { ...asked, state: 'cancelled' }, card.sentAt)
    screens.server().emit('message.changed', cancelled)
    await page.getByText('Bob took this back').waitFor()
    expect(await button(page, 'Pay 2.00 IOTA').count()).toBe(0)
  })

  test('a room is made after its cost was shown, and its link can be given on', async () => {
    const page = await screens.open({ hash: '#/chats' })
    await button(page, 'Rooms').click()
    await page.getByText('who wrote to whom, and when, for ever').waitFor()
    await page.getByText('0.0144 IOTA').waitFor()
    await field(page, 'Name of the room').fill('Sunday walk')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Messages with Sunday walk' }).waitFor()
    await page.getByText('Looking for the others').first().waitFor()
    await button(page, 'Members').click()
    await page.getByText('Nobody else is here yet.').waitFor()
    await button(page, 'Copy link').waitFor()
  })

  test('a room that costs money is joined only after the user agreed', async () => {
    const page = await screens.open({ scenario: 'testnet', hash: '#/chats' })
    await field(page, 'Search or paste an address').fill('parley:room/0123456789')
    await button(page, 'Join room').click()
    const join = page.getByRole('dialog').getByRole('button', { name: 'Join room' })
    expect(await join.isDisabled()).toBe(true)
    await page.getByRole('checkbox').click()
    await join.click()
    await page.getByRole('region', { name: 'Messages with Room' }).waitFor()
    await goTo(page, '#/settings')
    expect(await page.getByLabel('Connections through the ledger').inputValue()).toBe('on')
  })

  test('who goes elsewhere while a room is joined is not called back to it', async () => {
    const page = await screens.open({ hash: '#/chats' })
    await field(page, 'Search or paste an address').fill('parley:room/0123456789')
    await button(page, 'Join room').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('0.0144 IOTA').waitFor()
    const release = screens.server().hold()
    await dialog.getByRole('button', { name: 'Join room' }).click()
    await goTo(page, '#/settings')
    await page.getByLabel('Connections through the ledger').waitFor()
    release()
    await dialog.waitFor({ state: 'detached' })
    expect(new URL(page.url()).hash).toBe('#/settings')
    await goTo(page, '#/chats')
    await page.getByRole('button', { name: /^Room ,/ }).waitFor()
  })

  test('in a room everybody is named, members show their path, and it can be left', async () => {
    const page = await screens.open({ hash: `#/chats/${person('Hut room')}` })
    await page.getByText('Ines', { exact: true }).first().waitFor()
    await button(page, 'Members').click()
    await page.getByRole('dialog').getByText('Direct connection · 12 ms').waitFor()
    await page.getByRole('dialog').getByText('Through the ledger').waitFor()
    await page.keyboard.press('Escape')
    await button(page, 'More about Mountain hut crew').click()
    await page.getByRole('menuitem', { name: 'Leave room' }).click()
    await button(page, 'Leave room').click()
    await page.getByText('Pick a conversation').waitFor()
    expect(await page.getByRole('button', { name: /^Mountain hut crew/ }).count()).toBe(0)
  })

  test('a contact is asked through the ledger only after its cost was shown', async () => {
    const page = await screens.open({ scenario: 'ledger', hash: '#/chats' })
    await button(page, 'Add contact').click()
    await field(page, 'Address').fill(`0x${'7'.repeat(64)}`)
    await page.getByText('No relay node is set up, so this request goes through the ledger.').waitFor()
    await page.getByText('who wrote to whom, and when, for ever').waitFor()
    await button(page, 'Send request').click()
    await button(page, 'More about 0x7777…7777').click()
    await page.getByRole('menuitem', { name: 'Connect through the ledger' }).click()
    await page.getByText('who wrote to whom, and when, for ever').waitFor()
    await page.getByText('Storage deposit, stays with the recipient').waitFor()
    await button(page, 'Pay and connect').click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByText(/A record on the ledger asks/).waitFor()
  })

  test('a request is accepted through the ledger only with its cost in sight', async () => {
    const page = await screens.open({ scenario: 'ledger', hash: `#/chats/${people.stranger}` })
    await page.getByText('who wrote to whom, and when, for ever').waitFor()
    await page.getByText('What it costs at least').waitFor()
    await button(page, 'Accept').click()
    await button(page, 'Accept').waitFor({ state: 'detached' })
  })

  test('another ledger is chosen after a warning, and the badge says which it is', async () => {
    const page = await screens.open({ hash: '#/network' })
    await button(page, 'Local ledger - tokens of no value').waitFor()
    await button(page, 'Choose another ledger').click()
    await page.getByText('Each ledger has contacts, chats and payments of its own.').waitFor()
    expect(await button(page, 'Go over to it').isDisabled()).toBe(true)
    await page.getByRole('radio', { name: /Your own ledger/ }).click()
    await field(page, 'RPC URL').fill('http://node.example')
    await button(page, 'Go over to it').click()
    await page.getByRole('alert').filter({ hasText: 'begins with https' }).waitFor()
    await field(page, 'RPC URL').fill('https://node.example')
    await button(page, 'Go over to it').click()
    await button(page, 'Your own ledger').waitFor()
    await button(page, 'Choose another ledger').click()
    await page.getByRole('radio', { name: /Main network/ }).click()
    await button(page, 'Go over to it').click()
    await button(page, 'Your own ledger').waitFor({ state: 'detached' })
    await page.getByText('You are now on: Main network').waitFor()
  })

  test('a window that a new run does not know says that it needs a new link', async () => {
    const page = await screens.open({})
    await page.getByRole('heading', { name: 'Chats', level: 1 }).waitFor()
    screens.server().forget()
    await page.getByRole('alert').filter({ hasText: "This window's link has ended" }).waitFor()
    await page.waitForTimeout(600)
    expect(await page.getByText('Parley is not running').count()).toBe(0)
    screens.forgive('WebSocket connection')
    screens.forgive('401')
  })

  test('a contact that another window removed leaves words, not a skeleton', async () => {
    const page = await screens.open({ hash: `#/chats/${people.bob}` })
    await page.getByText('Coffee is on me next time.').waitFor()
    const bob = { address: people.bob, name: 'Bob', verified: true, online: true, addedAt: 0 }
    screens.server().emit('contact', { contact: { ...bob, state: 'accepted' }, removed: true })
    await page.getByText('Not one of your contacts any more').waitFor()
    expect(await page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
  })

  test('the newest message stays in sight in a window that changes its size, behind a dialog too', async () => {
    const page = await screens.open({ hash: `#/chats/${people.bob}` })
    await page.getByTestId('messages').getByText('On its way').waitFor()
    await button(page, 'Send IOTA').click()
    for (const [width, height] of [
      [900, 700],
      [360, 740],
      [1280, 800],
      [360, 500],
    ] as const) {
      await page.setViewportSize({ width, height })
      await expect
        .poll(
          () =>
            page
              .getByTestId('messages')
              .evaluate(({ scrollHeight, clientHeight, scrollTop }) => scrollHeight - clientHeight - scrollTop),
          SOON,
        )
        .toBeLessThan(2)
    }
    expect(await page.getByText('Jump to newest message').count()).toBe(0)
  })

  test('the newest message stays above a composer that grows', async () => {
    const page = await screens.open({ hash: `#/chats/${people.bob}` })
    const newest = page.getByTestId('messages').getByText('On its way')
    await newest.waitFor()
    await field(page, 'Message Bob').fill(Array.from({ length: 7 }, (_, line) => `line ${line}`).join('\n'))
    const gap = () =>
      page.evaluate(() => {
        const row = [...document.querySelectorAll('[data-testid=messages] li')].at(-1)
        const area = document.querySelector('textarea')
        return (area?.getBoundingClientRect().top ?? 0) - (row?.getBoundingClientRect().bottom ?? Infinity)
      })
    await expect.poll(gap, SOON).toBeGreaterThanOrEqual(0)
    screens.server().emit('message', message(people.bob, 7_000_000, false, 'And here is another', Date.now(), 'read'))
    await page.getByTestId('messages').getByText('And here is another').waitFor()
    await expect.poll(gap, SOON).toBeGreaterThanOrEqual(0)
  })
})
