import { silentLog, systemClock, utf8 } from '../src-main/base/index.ts'
import { Letters } from '../src-main/features/ion/letters.ts'
import { openTestBoard, testPayer } from '../src-main/features/ion/test-board.ts'
import { startBombedLedger } from '../src-main/features/ion/test-bomb.ts'
import { newWriter } from '../src-main/features/ion/test-writer.ts'
import { newPerson } from '../src-main/ledger/testing/index.ts'
import { LETTER_MAGIC } from '../src-main/wire/index.ts'
import type { Figure } from './figures.ts'

const ATTACKERS = 20
const JUNK = 10_000
const MOST_MS = 60_000
/** Where in the flood each letter lies: junk memos before it. */
const PLACES = { first: 0, 'after a tenth': JUNK / 10, 'in the middle': JUNK / 2, last: JUNK }

/** How long until letters are heard among 10,000 junk memos that came to an address while its device was away. */
export default async function bomb(): Promise<Figure[]> {
  const bombed = await startBombedLedger(ATTACKERS)
  const bob = newWriter(await bombed.ledger.chain())
  const board = await openTestBoard(bombed.ledger, { poor: true })
  try {
    const heard = new Map<string, number>()
    const letters = new Letters({
      sealer: bob.sealer,
      store: board.store,
      isKnown: () => false,
      onSignal: ({ bytes }) => heard.set(Buffer.from(bytes).toString(), performance.now()),
      receive: (_, __, accept) => accept(),
      clock: systemClock,
      log: silentLog,
    })
    const listen = () => {
      const options = { magic: LETTER_MAGIC, from: 'kept', expecting: () => true } as const
      return board.board.watch(bob.address, options, (memos) => letters.hear(memos))
    }
    const earlier = listen()
    await later(300)
    earlier.stop()
    let written = 0
    for (const [note, place] of Object.entries(PLACES)) {
      if (place > written) await bombed.bomb(bob.address, bob.sealer.certificate.deviceId, place - written)
      written = place
      const writer = newWriter(bob.sealer.chain)
      const person = newPerson(writer.seed)
      await bombed.ledger.faucet(person.address)
      const letter = await writer.letter(bob.sealer, { Signal: utf8(note) })
      await testPayer(bombed.ledger, person).sendMemo(bob.address, 1n, letter)
    }
    const started = performance.now()
    const watch = listen()
    while (heard.size < Object.keys(PLACES).length && performance.now() - started < MOST_MS) await later(10)
    watch.stop()
    return Object.keys(PLACES).map((note) => ({
      name: `letter ${note} among ${JUNK.toLocaleString('en')} junk memos`,
      value: (heard.get(note) ?? Number.NaN) - started,
      unit: 'ms',
      goal: '<= 2000',
    }))
  } finally {
    board.close()
    await bombed.stop()
  }
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
