/** Runs as a process of its own in merging.test.ts: sends all there is, and prints each change of a merge once it is durable. */
import { writeSync } from 'node:fs'
import { fromHex, Secret, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { createIotaLedger } from '../../ledger/index.ts'
import { newPerson } from '../../ledger/testing/index.ts'
import { openStore } from '../../store/index.ts'
import { Wallet } from './index.ts'

const [file = '', key = '', seed = '', url = '', to = '', paymentId = ''] = process.argv.slice(2)
const parts = { clock: systemClock, log: silentLog }
const store = openStore({ file, key: new Secret(fromHex(key)), ...parts })
const person = newPerson(fromHex(seed))
const self = { address: person.address, name: 'Alice' }
const ledger = createIotaLedger({ url, ...parts })
const signerOf = () => Promise.resolve(person)
const wallet = new Wallet({ store, ledger, signerOf, self, random: systemRandom, ...parts })
wallet.open()
wallet.on('transaction', ({ kind, state }) => writeSync(1, `${kind} ${state}\n`))
await wallet.send(0, to, { all: true }, 'Everything', paymentId)
