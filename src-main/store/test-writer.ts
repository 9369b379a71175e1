/** Runs as a process of its own in kill.test.ts: takes the profile, then inserts and prints each id once it is durable. */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { fromHex, Secret, silentLog, systemClock } from '../base/index.ts'
import { acquireProfileLock, openStore } from './index.ts'

const [dir = '', key = '', first = '0'] = process.argv.slice(2)
acquireProfileLock(dir)
const store = openStore({
  file: join(dir, 'parley.db'),
  key: new Secret(fromHex(key)),
  clock: systemClock,
  log: silentLog,
})
for (let n = Number(first); ; n++) {
  const id = n.toString(16).padStart(32, '0')
  const times = { clockTime: n, clockCount: 0, sentAt: n, receivedAt: n }
  store.transaction(() => {
    store.messages.insert({
      ...{
        id,
        chat: 'c',
        author: 'a',
        outgoing: false,
        text: `message ${n}`,
        ...times,
        state: 'delivered',
        failure: undefined,
      },
    })
    store.settings.set('newest', id)
  })
  writeSync(1, `${n}\n`)
}
