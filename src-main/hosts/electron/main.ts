import { createApp } from '../../app/index.ts'
import { createLog } from '../../base/index.ts'
import { earlyMlsWorker } from '../runtime/index.ts'
import { runShell } from './shell.ts'

const log = createLog()

// Not awaited here: Electron becomes ready only after this module has been evaluated.
runShell({ createApp, spawnMlsWorker: earlyMlsWorker(), args: process.argv.slice(1), env: process.env, log }).catch(
  (error: unknown) => {
    log.error({ error: String(error) }, 'Parley could not start')
    process.exit(1)
  },
)
