import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultLimits } from '../limits/limits.ts'
import { createEmbeddedState } from './embedded.ts'
import { stateSuite } from './testing/state-suite.ts'

stateSuite({
  name: 'embedded',
  async open(limits) {
    const folder = await mkdtemp(join(tmpdir(), 'parley-state-'))
    const make = async () => {
      const state = createEmbeddedState({
        path: join(folder, 'node.db'),
        limits: { ...defaultLimits, ...limits },
        onError: () => {},
      })
      await state.start()
      return state
    }
    let state = await make()
    return {
      states: [state],
      async restart() {
        await state.stop()
        return (state = await make())
      },
      settled: () => Promise.resolve(),
      program: () => '',
      async close() {
        await state.stop()
        await rm(folder, { recursive: true, force: true })
      },
    }
  },
})
